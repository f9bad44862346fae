"""300 kills of the real command line, at moments drawn by a seed; then every promise is checked against the world's own count.

Each campaign is one workbook of 50 runs (mail by SMTP and into a folder in turn) against a real web and mail server which outlive
the runner. A broken promise ends the program and says what was broken; `--seed` goes on with that campaign.

    python benchmarks/torture.py [--kills 300] [--campaigns 10] [--seed 1]
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from runner.events import Settled
from tests.acceptance.campaign import Campaign
from tests.acceptance.firm import Firm
from tests.acceptance.graveyard import Graveyard
from tests.acceptance.outside import Outside

#: Kills at random moments and at named seams; runners that ended before their moment; effects that were cut off, by how they were
#: settled (repeated, found, absent: by itself; asked: by a person); cells that people typed into; seconds.
COLUMNS = ("kills", "random", "seams", "unhit", "repeated", "found", "absent", "asked", "typed", "s")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=300)
    options.add_argument("--campaigns", type=int, default=10)
    options.add_argument("--seed", type=int, default=1, help="the first campaign")
    chosen = options.parse_args()
    graveyard = Graveyard()
    print(line("seed", "mail", dict(zip(COLUMNS, COLUMNS, strict=True))), flush=True)
    total: Counter[str] = Counter()
    for seed in range(chosen.seed, chosen.campaigns + 1):
        kills = chosen.kills // chosen.campaigns + (seed <= chosen.kills % chosen.campaigns)
        total += one(seed, kills, graveyard)
    print(line("all", "", total))
    graveyard.close()


def one(seed: int, kills: int, graveyard: Graveyard) -> Counter[str]:
    """One campaign; its figures, printed."""
    mail, began = ("smtp", "folder")[seed % 2], time.monotonic()
    outside = Outside(slow=0.05, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        firm = Firm(folder=Path(folder), outside=outside, mail=mail)
        campaign = Campaign(firm=firm, graveyard=graveyard, seed=seed, kills=kills)
        try:
            campaign.run()
            settled = campaign.settled()
        finally:
            outside.stop()
    at_random = campaign.ends["random moment"]
    figures = {"kills": campaign.killed, "random": at_random, "seams": campaign.killed - at_random}
    figures |= {"unhit": campaign.ends["not killed"], "repeated": settled[Settled.AGAIN], "found": settled[Settled.FOUND]}
    figures |= {"absent": settled[Settled.ABSENT], "asked": settled["asked"], "typed": campaign.answers}
    figures |= {"s": round(time.monotonic() - began)}
    print(line(str(seed), mail, figures), flush=True)
    return Counter(figures)


def line(seed: str, mail: str, figures: "dict[str, int] | dict[str, str] | Counter[str]") -> str:
    return f"{seed:>4} {mail:6} " + " ".join(f"{figures[name]:>{max(5, len(name))}}" for name in COLUMNS)


if __name__ == "__main__":
    main()
