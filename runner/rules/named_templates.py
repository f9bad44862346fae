"""Settings that name a row of the tab Templates, and the settings that its Subject and Body become.

Invariant: whoever freezes, fills or checks a step finds the same texts.
"""

from collections.abc import Iterator, Mapping

from runner.model import MailTemplate, Step
from runner.values import name_key

#: Setting → what it is filled into: subject, body.
PARTS: Mapping[str, tuple[str, str]] = {
    "template": ("subject", "body"),
    #: ai.write: the text where no model is set up.
    "fallback": ("fallback_subject", "fallback_body"),
}


def named_in(step: Step) -> frozenset[str]:
    """`name_key` of the templates that the step names."""
    return frozenset(name_key(step.settings[setting]) for setting in PARTS if setting in step.settings)


def texts_of(step: Step, templates: Mapping[str, MailTemplate]) -> Iterator[tuple[str, str, MailTemplate, str]]:
    """(the setting that it becomes, `Subject` or `Body`, the template, its text) of each template that the step names."""
    for setting, (subject, body) in PARTS.items():
        if template := templates.get(name_key(step.settings.get(setting, ""))):
            yield subject, "Subject", template, template.subject
            yield body, "Body", template, template.body
