"""What each function may do, action by action. Who changes a role changes this table, and says why in the commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.configuration.people import SECRET

Resources = dict[str, dict[str, Any]]
Grant = tuple[str, str]

RECEIVE = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes")
WRITE = ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem")


def each(actions: tuple[str, ...], *resources: str, service: str = "") -> set[Grant]:
    return {(f"{service}{action}", resource) for action in actions for resource in resources}


OF_CONNECTORS = {
    (
        "secretsmanager:GetSecretValue",
        "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:hilo/${Stage}/connector/*",
    )
}

OF_CHANNELS = {
    (
        "secretsmanager:GetSecretValue",
        "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:hilo/${Stage}/channel/*",
    )
}

SES = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}"
MAILBOXES = (f"{SES}:identity/${{MailDomain}}", f"{SES}:identity/*@${{MailDomain}}")

RECORD = each(WRITE, "Table.Arn", service="dynamodb:") | {
    ("dynamodb:Query", "${Table.Arn}/index/cases"),  # how long somebody was silent, whose number is recycled
    ("s3:GetObject", "${Files.Arn}/inbound/*"),
    ("s3:GetObject", "${Files.Arn}/mail/*"),
    ("secretsmanager:GetSecretValue", "AddressesSecret"),  # whose case the token in an address names
    ("s3:ListBucket", "Files.Arn"),  # without it a file that is not there looks like one we may not read
    ("s3:PutObject", "${Files.Arn}/raw/*"),
    ("s3:PutObject", "${Files.Arn}/ignored/*"),
}
"""To read an event, wherever it lies, and make it an entry of a case."""

PEOPLE = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:hilo/${Stage}/" + f"{SECRET}-*"
"""The one name that the configuration takes for it."""

MAY: dict[str, set[Grant]] = {
    "WhatsappWebhook": {
        ("sqs:SendMessage", "InboundQueue.Arn"),
        ("s3:PutObject", "${Files.Arn}/inbound/*"),
        ("secretsmanager:GetSecretValue", "WhatsappSecret"),
    },
    "EmailIngest": each(RECEIVE, "MailQueue.Arn")
    | each(
        ("GetItem", "PutItem", "UpdateItem", "DeleteItem"),  # what it cannot read is parked
        "Table.Arn where DLQ#*, DLQDAYS, ATT#*",
        service="dynamodb:",
    )
    | {
        ("sqs:SendMessage", "InboundQueue.Arn"),
        ("s3:GetObject", "${Files.Arn}/mail/*"),  # whose mail it is
        ("s3:ListBucket", "Files.Arn"),
        ("s3:PutObject", "${Files.Arn}/inbound/*"),
    },
    "SocialIngest": {
        ("sqs:SendMessage", "InboundQueue.Arn"),
        ("s3:PutObject", "${Files.Arn}/inbound/*"),
        ("secretsmanager:GetSecretValue", "MessengerSecret"),
        ("secretsmanager:GetSecretValue", "InstagramSecret"),
    },
    "Intake": each(RECEIVE, "InboundQueue.Arn") | RECORD,
    "Relay": {
        ("dynamodb:DescribeStream", "Table.StreamArn"),
        ("dynamodb:GetRecords", "Table.StreamArn"),
        ("dynamodb:GetShardIterator", "Table.StreamArn"),
        ("dynamodb:ListStreams", "${Table.Arn}/stream/*"),
        ("sqs:SendMessage", "SyncQueue.Arn"),
        ("sqs:SendMessage", "OutboundQueue.Arn"),
        ("sqs:SendMessage", "MediaQueue.Arn"),
        ("sqs:SendMessage", "RelayFailures.Arn"),
    },
    "KpiAggregator": {
        ("dynamodb:DescribeStream", "Table.StreamArn"),
        ("dynamodb:GetRecords", "Table.StreamArn"),
        ("dynamodb:GetShardIterator", "Table.StreamArn"),
        ("dynamodb:ListStreams", "${Table.Arn}/stream/*"),
        ("dynamodb:GetItem", "Table.Arn where CAS#*, REFNO#*"),  # cases that go on in another
        ("dynamodb:Query", "Table.Arn where CAS#*, REFNO#*"),  # the log of a case that changed
        ("dynamodb:GetItem", "Table.Arn where KPI#*"),  # figures alone: deltas, and how far a shard is counted
        ("dynamodb:PutItem", "Table.Arn where KPI#*"),
        ("dynamodb:ConditionCheckItem", "Table.Arn where KPI#*"),
        ("dynamodb:GetItem", "Table.Arn where CUS#*"),  # whose journeys are to be derived again
        ("dynamodb:UpdateItem", "Table.Arn where CUS#*"),
        ("sqs:SendMessage", "FiguresFailures.Arn"),
    },
    "CrmSync": each((*RECEIVE, "sqs:SendMessage"), "SyncQueue.Arn")
    | each(WRITE, "Table.Arn", service="dynamodb:")
    | {
        ("sqs:SendMessage", "MediaQueue.Arn"),  # a file that settled while its message was being told
        ("s3:GetObject", "${Files.Arn}/media/*"),  # files that go into tickets
        ("s3:ListBucket", "Files.Arn"),
        ("secretsmanager:GetSecretValue", "FileLinksSecret"),
    }
    | OF_CONNECTORS,
    "HelpdeskWebhook": {
        ("sqs:SendMessage", "ToolsQueue.Arn"),
        ("dynamodb:GetItem", "Table.Arn where CAS#*, EXT#*, MSG#*"),
    }
    | OF_CONNECTORS,
    "HelpdeskPull": each((*RECEIVE, "sqs:SendMessage"), "ToolsQueue.Arn")
    | each(tuple(action for action in WRITE if action != "ConditionCheckItem"), "Table.Arn", service="dynamodb:")
    | {("sqs:SendMessage", "InboundQueue.Arn"), ("s3:PutObject", "${Files.Arn}/inbound/*")}
    | OF_CONNECTORS,
    "OutboundDispatch": each((*RECEIVE, "sqs:SendMessage"), "OutboundQueue.Arn")
    | each(("GetItem", "Query", "PutItem", "UpdateItem"), "Table.Arn", service="dynamodb:")
    | {("sqs:SendMessage", "InboundQueue.Arn"), ("s3:PutObject", "${Files.Arn}/inbound/*")}
    | {("s3:GetObject", "${Files.Arn}/media/*"), ("s3:ListBucket", "Files.Arn")}  # files that go along
    | {("secretsmanager:GetSecretValue", "FileLinksSecret")}  # or as a link
    | each(("SendEmail", "SendRawEmail"), *MAILBOXES, f"{SES}:configuration-set/hilo-${{Stage}}", service="ses:")
    | OF_CHANNELS,
    "FetchMedia": each((*RECEIVE, "sqs:SendMessage"), "MediaQueue.Arn")
    | each(("PutItem", "UpdateItem", "DeleteItem"), "Table.Arn where CAS#*, DLQ#*, DLQDAYS, ATT#*", service="dynamodb:")
    | {
        ("dynamodb:GetItem", "Table.Arn"),
        ("dynamodb:Query", "Table.Arn"),
        ("sqs:SendMessage", "InboundQueue.Arn"),  # a file that came late is told as an entry
        ("sqs:SendMessage", "SyncQueue.Arn"),  # whoever waits for it looks again
        ("sqs:SendMessage", "OutboundQueue.Arn"),  # as the answer does that it belongs to
        ("s3:PutObject", "${Files.Arn}/media/*"),
        ("s3:PutObject", "${Files.Arn}/inbound/*"),
        ("s3:GetObject", "${Files.Arn}/mail/*"),  # the mail that a file is part of
        ("s3:GetObject", "${Files.Arn}/raw/*"),
        ("s3:GetObject", "${Files.Arn}/inbound/*"),
        ("s3:ListBucket", "Files.Arn"),
    }
    | OF_CHANNELS
    | OF_CONNECTORS,  # files that agents attach
    "Clock": RECORD  # what has waited long enough is recorded, or parked, as intake would
    | each(("SendEmail", "SendRawEmail"), *MAILBOXES, f"{SES}:configuration-set/hilo-${{Stage}}", service="ses:")
    | {("s3:PutObject", "${Files.Arn}/reviews/*")}  # reviews, by mail and as files
    | {
        ("dynamodb:Query", "${Table.Arn}/index/due"),
        ("sqs:SendMessage", "SyncQueue.Arn"),
        ("sqs:SendMessage", "ToolsQueue.Arn"),
        ("sqs:SendMessage", "OutboundQueue.Arn"),
        ("sqs:SendMessage", "MediaQueue.Arn"),
    },
    "Park": each(
        RECEIVE,
        "InboundDeadLetters.Arn",
        "SyncDeadLetters.Arn",
        "ToolsDeadLetters.Arn",
        "MailDeadLetters.Arn",
        "OutboundDeadLetters.Arn",
        "MediaDeadLetters.Arn",
    )
    | {
        ("dynamodb:PutItem", "Table.Arn where DLQ#*, DLQDAYS"),
        ("dynamodb:UpdateItem", "Table.Arn where DLQ#*, DLQDAYS"),
    },
    "Api": {
        ("ses:GetAccount", "*"),  # how SES stands, for the doctor
        ("ses:GetEmailIdentity", MAILBOXES[0]),
        ("ses:GetEmailIdentity", MAILBOXES[1]),
        ("dynamodb:GetItem", "Table.Arn"),
        ("dynamodb:Query", "Table.Arn"),
        ("dynamodb:Query", "${Table.Arn}/index/cases"),
        ("dynamodb:DeleteItem", "Table.Arn where DLQ#*"),
        ("dynamodb:UpdateItem", "Table.Arn where KPI#*"),  # figures are counted anew
        ("dynamodb:DeleteItem", "Table.Arn where KPI#*"),  # and those of before go
        ("dynamodb:Scan", "Table.Arn"),  # a replay goes through everything
        ("dynamodb:PutItem", "Table.Arn where CAS#*, MSG#*"),  # and revises entries
        ("dynamodb:UpdateItem", "Table.Arn where CAS#*, MSG#*"),
        ("dynamodb:PutItem", "Table.Arn where CUS#*, CNV#*, REFNO#*, IDN#*"),  # a person merges, or undoes it
        ("dynamodb:UpdateItem", "Table.Arn where CUS#*, CNV#*, REFNO#*, IDN#*"),
        ("dynamodb:Query", "${Table.Arn}/index/due"),  # what waits, for the doctor
        ("dynamodb:PutItem", "Table.Arn where CLM#*, EXT#*, CON#*"),  # what a tool held before is imported
        ("dynamodb:UpdateItem", "Table.Arn where CLM#*, EXT#*, CON#*"),
        # Entries go back only while nobody adds any; who was merged answers in the other's case while they are one.
        ("dynamodb:ConditionCheckItem", "Table.Arn where CAS#*, CUS#*"),
        ("s3:GetObject", "${Files.Arn}/raw/*"),
        ("s3:GetObject", "${Files.Arn}/ignored/*"),
        ("s3:GetObject", "${Files.Arn}/mail/*"),
        # To list what was ignored; for one folder alone it would not do: a file that is not there would look like one
        # we may not read.
        ("s3:ListBucket", "Files.Arn"),
        ("s3:DeleteObject", "${Files.Arn}/ignored/*"),
        ("s3:PutObject", "${Files.Arn}/inbound/*"),
        ("sqs:SendMessage", "InboundQueue.Arn"),
        ("sqs:GetQueueAttributes", "InboundQueue.Arn"),
        ("sqs:SendMessage", "SyncQueue.Arn"),
        ("sqs:GetQueueAttributes", "SyncQueue.Arn"),
        ("sqs:SendMessage", "ToolsQueue.Arn"),
        ("sqs:GetQueueAttributes", "ToolsQueue.Arn"),
        ("sqs:SendMessage", "MailQueue.Arn"),
        ("sqs:GetQueueAttributes", "MailQueue.Arn"),
        ("sqs:SendMessage", "OutboundQueue.Arn"),
        ("sqs:GetQueueAttributes", "OutboundQueue.Arn"),
        ("sqs:SendMessage", "MediaQueue.Arn"),
        ("sqs:GetQueueAttributes", "MediaQueue.Arn"),
        ("s3:GetObject", "${Files.Arn}/media/*"),  # for whoever has a link
        ("secretsmanager:GetSecretValue", "FileLinksSecret"),
        ("secretsmanager:GetSecretValue", "ApiSecret"),
        ("secretsmanager:GetSecretValue", PEOPLE),  # the key of national ids, where a company keeps any
    }
    | OF_CONNECTORS  # an import asks a tool, and who connects one sees how the hub stands with it
    | OF_CHANNELS,
}

WHOLE_FAMILIES = {
    "${Files.Arn}/inbound/*": "objects have names of their own",
    "${Files.Arn}/mail/*": "objects have names of their own",
    "${Files.Arn}/media/*": "objects have names of their own",
    "${Files.Arn}/raw/*": "objects have names of their own",
    "${Files.Arn}/ignored/*": "objects have names of their own",
    "${Files.Arn}/reviews/*": "objects have names of their own",
    MAILBOXES[1]: "mailboxes are named in config/hub.yaml, not here",
    "*": "ses:GetAccount knows no narrower one",
    PEOPLE: "there is such a secret only where national ids are kept; Secrets Manager adds six characters to its name",
    "${Table.Arn}/stream/*": "ListStreams knows no narrower one",
    "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:hilo/${Stage}/connector/*": (
        "connectors are named in config/hub.yaml, not here"
    ),
    "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:hilo/${Stage}/channel/*": (
        "accounts, and whose secret is whose, are named in config/hub.yaml, not here"
    ),
}
"""Every resource with a star in it that a function may reach, and why it has one."""


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def named(resource: Any) -> str:
    return str(next(iter(resource.values()))) if isinstance(resource, dict) else str(resource)


def statements(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in role["Properties"]["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def grants(role: dict[str, Any]) -> set[Grant]:
    found = set()
    for statement in statements(role):
        assert statement["Effect"] == "Allow"
        keys = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys")
        narrowed = f" where {', '.join(keys)}" if keys else ""
        for action in listed(statement["Action"]):
            found |= {(action, named(resource) + narrowed) for resource in listed(statement["Resource"])}
    return found


@pytest.fixture(scope="module")
def roles(of_type: Callable[[str], Resources]) -> Resources:
    return of_type("AWS::IAM::Role")


@pytest.mark.parametrize("name", MAY)
def test_a_function_may_do_exactly_this(roles: Resources, name: str) -> None:
    log = each(("logs:CreateLogStream", "logs:PutLogEvents"), f"{name}Logs.Arn")
    assert grants(roles[f"{name}Role"]) == MAY[name] | log


def test_every_role_is_in_the_table(roles: Resources) -> None:
    assert set(roles) == {f"{name}Role" for name in MAY}


def test_no_action_has_a_star_and_no_resource_one_without_a_reason(roles: Resources) -> None:
    for name, role in roles.items():
        for action, resource in grants(role):
            assert "*" not in action, name
            assert "*" not in resource.partition(" where ")[0] or resource in WHOLE_FAMILIES, name


def test_a_role_is_nobodys_but_its_functions(roles: Resources) -> None:
    for name, role in roles.items():
        [trust] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}, name
        assert role["Properties"]["ManagedPolicyArns"] == {
            "Fn::If": ["HasKey", [{"Ref": "KeyUse"}], {"Ref": "AWS::NoValue"}]
        }, name


def test_the_companys_key_is_used_through_the_hubs_services_alone(template: dict[str, Any]) -> None:
    [statement] = template["Resources"]["KeyUse"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert named(statement["Resource"]) == "KeyArn"
    through = [named(service).split(".")[0] for service in statement["Condition"]["StringEquals"]["kms:ViaService"]]
    assert through == ["dynamodb", "s3", "sqs", "secretsmanager"]


SECRETS = {
    "WhatsappWebhook": "hilo/${Stage}/channel/",
    "SocialIngest": "hilo/${Stage}/channel/",
    "Intake": "hilo/${Stage}/channel/",
    "Clock": "hilo/${Stage}/channel/",
    "Api": "hilo/${Stage}/",
    "CrmSync": "hilo/${Stage}/connector/",
    "HelpdeskWebhook": "hilo/${Stage}/connector/",
    "HelpdeskPull": "hilo/${Stage}/connector/",
    "OutboundDispatch": "hilo/${Stage}/channel/",
    "FetchMedia": "hilo/${Stage}/channel/",
}


def test_each_function_looks_for_secrets_where_it_may_read_them(functions: Resources) -> None:
    prefixes = {
        name: named(variables["SECRET_PREFIX"])
        for name, function in functions.items()
        if "SECRET_PREFIX" in (variables := function["Properties"]["Environment"]["Variables"])
    }
    assert prefixes == SECRETS


def test_who_sends_to_a_queue_knows_its_address_and_the_other_way_round(functions: Resources) -> None:
    for name, function in functions.items():
        variables = function["Properties"]["Environment"]["Variables"]
        known = {named(value) for key, value in variables.items() if key.endswith("_QUEUE_URL")}
        sends = {resource.removesuffix(".Arn") for action, resource in MAY[name] if action == "sqs:SendMessage"}
        assert known == sends - {"RelayFailures", "FiguresFailures"}, name


def test_who_reaches_the_table_or_files_knows_their_names(functions: Resources) -> None:
    for name, function in functions.items():
        variables = function["Properties"]["Environment"]["Variables"]
        table = any(
            action.startswith("dynamodb:") and resource.startswith("Table.Arn") and "Stream" not in resource
            for action, resource in MAY[name]
        )
        assert table == ("TABLE_NAME" in variables), name
        assert any(action.startswith("s3:") for action, _ in MAY[name]) == ("BUCKET_NAME" in variables), name
