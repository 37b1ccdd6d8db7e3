"""What must hold of the template, whatever is added to it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Resources = dict[str, dict[str, Any]]
Select = Callable[[str], Resources]

FOURTEEN_DAYS = 14 * 24 * 3600
SMALL_ENOUGH_FOR_THE_GATEWAY_S = 30


def flat(value: Any) -> str:
    """An intrinsic as text: `InboundQueue.Arn` for a GetAtt, the name for a Ref, the pattern for a Sub."""
    if isinstance(value, dict) and len(value) == 1:
        return flat(next(iter(value.values())))
    return str(value)


def events_of(function: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    events = function["Properties"].get("Events", {}).values()
    return [event["Properties"] for event in events if event["Type"] == kind]


def readers(functions: Resources) -> dict[str, dict[str, Any]]:
    """Queue to the function that reads it."""
    return {
        flat(event["Queue"]).removesuffix(".Arn"): function
        for function in functions.values()
        for event in events_of(function, "SQS")
    }


def dead_letter_queues(queues: Resources) -> set[str]:
    """Queues behind other queues."""
    redrives = [queue["Properties"].get("RedrivePolicy") for queue in queues.values()]
    return {flat(policy["deadLetterTargetArn"]).removesuffix(".Arn") for policy in redrives if policy}


def failure_queues(functions: Resources) -> set[str]:
    """Queues behind a stream's reader."""
    events = [event for function in functions.values() for event in events_of(function, "DynamoDB")]
    return {flat(event["DestinationConfig"]["OnFailure"]["Destination"]).removesuffix(".Arn") for event in events}


# ---- functions and folders


def test_the_page_says_how_many_functions_there_are(functions: Resources, root: Path) -> None:
    words = dict(enumerate(("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"), 13))
    assert f": {words[len(functions)]} functions of a few files each" in (root / "docs/deploy.md").read_text("utf-8")


def test_every_function_folder_is_deployed_and_nothing_else(functions: Resources, root: Path) -> None:
    folders = {path.parent.name for path in (root / "functions").glob("*/app.py")}
    deployed = {function["Properties"]["CodeUri"].removeprefix("functions/") for function in functions.values()}
    assert deployed == folders


def test_the_handler_has_the_same_name_deployed_as_in_tests(functions: Resources) -> None:
    for name, function in functions.items():
        folder = function["Properties"]["CodeUri"].removeprefix("functions/")
        assert function["Properties"]["Handler"] == f"functions.{folder}.app.handler", name
        assert function["Metadata"]["BuildProperties"] == {"ParentPackageMode": "auto"}, name
        assert name == "".join(word.capitalize() for word in folder.split("_"))


def test_every_function_has_a_role_and_a_log_group_of_its_own(functions: Resources, of_type: Select) -> None:
    roles, groups = of_type("AWS::IAM::Role"), of_type("AWS::Logs::LogGroup")
    for name, function in functions.items():
        assert flat(function["Properties"]["Role"]) == f"{name}Role.Arn"
        assert flat(function["Properties"]["LoggingConfig"]["LogGroup"]) == f"{name}Logs"
    assert set(roles) == {f"{name}Role" for name in functions}
    assert set(groups) == {f"{name}Logs" for name in functions} | {"HttpLogs"}


def test_logs_expire(of_type: Select) -> None:
    for name, group in of_type("AWS::Logs::LogGroup").items():
        assert flat(group["Properties"]["RetentionInDays"]) == "LogRetentionDays", name


def test_functions_run_on_the_runtime_the_layers_are_built_for(template: dict[str, Any], of_type: Select) -> None:
    everywhere = template["Globals"]["Function"]
    for name, layer in of_type("AWS::Serverless::LayerVersion").items():
        assert layer["Properties"]["CompatibleRuntimes"] == [everywhere["Runtime"]], name
        assert layer["Properties"]["CompatibleArchitectures"] == everywhere["Architectures"], name


def test_the_configuration_lies_where_functions_look_for_it(functions: Resources, template: dict[str, Any]) -> None:
    layer = template["Resources"]["ConfigLayer"]
    assert layer["Properties"]["ContentUri"] == "config"
    assert "BuildMethod" not in layer.get("Metadata", {})
    for name, function in functions.items():
        layers = [flat(layer) for layer in function["Properties"]["Layers"]]
        path = function["Properties"]["Environment"]["Variables"].get("HUB_CONFIG")
        assert ("ConfigLayer" in layers) == (path == "/opt/hub.yaml"), name


WEBHOOKS = ("WhatsappWebhook", "SocialIngest", "HelpdeskWebhook")


def test_webhooks_carry_no_dependency_and_all_others_the_whole_of_our_code(functions: Resources) -> None:
    whole = ["DependenciesLayer", "SharedLayer", "WorkLayer"]
    for name, function in functions.items():
        layers = [flat(layer) for layer in function["Properties"]["Layers"] if flat(layer) != "ConfigLayer"]
        assert layers == (["SharedLayer"] if name in WEBHOOKS else whole), name


# ---- queues


def test_visibility_is_at_least_six_times_the_readers_timeout(functions: Resources, queues: Resources) -> None:
    for queue, reader in readers(functions).items():
        assert queues[queue]["Properties"]["VisibilityTimeout"] >= 6 * reader["Properties"]["Timeout"], queue


def test_every_queue_has_a_reader_or_is_a_failure_queue(functions: Resources, queues: Resources) -> None:
    assert set(queues) == set(readers(functions)) | failure_queues(functions)


def test_every_queue_has_a_dead_letter_queue_of_its_kind(functions: Resources, queues: Resources) -> None:
    behind = dead_letter_queues(queues)
    assert behind.isdisjoint(failure_queues(functions))
    for name in set(queues) - behind - failure_queues(functions):
        queue = queues[name]["Properties"]
        target = queues[flat(queue["RedrivePolicy"]["deadLetterTargetArn"]).removesuffix(".Arn")]["Properties"]
        assert queue["RedrivePolicy"]["maxReceiveCount"] == 100, name
        assert target.get("FifoQueue") == queue.get("FifoQueue"), name
        assert target["MessageRetentionPeriod"] == FOURTEEN_DAYS
        source = flat(target["RedriveAllowPolicy"]["sourceQueueArns"][0])
        assert source.endswith(":" + flat(queue["QueueName"])), f"{name} may not send to its dead-letter queue"


def test_every_dead_letter_queue_is_emptied_by_park(functions: Resources, queues: Resources) -> None:
    emptied = {queue for queue, reader in readers(functions).items() if reader is functions["Park"]}
    assert emptied == dead_letter_queues(queues)


def test_every_fifo_queue_is_named_one_and_never_deduplicates_by_content(queues: Resources) -> None:
    for name, queue in queues.items():
        properties = queue["Properties"]
        fifo = properties.get("FifoQueue", False)
        assert flat(properties["QueueName"]).endswith(".fifo") == fifo, name
        if fifo:
            assert properties["ContentBasedDeduplication"] is False, name
            assert properties["DeduplicationScope"] == "messageGroup", name
            assert properties["FifoThroughputLimit"] == "perMessageGroupId", name


def test_every_message_is_kept_as_long_as_a_queue_can(queues: Resources) -> None:
    assert {queue["Properties"]["MessageRetentionPeriod"] for queue in queues.values()} == {FOURTEEN_DAYS}


def test_every_queue_reader_reports_single_failures_and_filters_nothing(functions: Resources) -> None:
    for name, function in functions.items():
        for event in events_of(function, "SQS") + events_of(function, "DynamoDB"):
            assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
            assert "FilterCriteria" not in event, f"{name}: a queue mapping deletes what its filter refuses"


def test_sync_is_read_one_trigger_at_a_time(functions: Resources) -> None:
    [event] = events_of(functions["CrmSync"], "SQS")
    assert event["BatchSize"] == 1
    assert flat(event["ScalingConfig"]["MaximumConcurrency"]) == "SyncConcurrency"


def test_a_tools_hints_are_read_one_at_a_time(functions: Resources) -> None:
    """A batch would tie a healthy tool to a slow one."""
    [event] = events_of(functions["HelpdeskPull"], "SQS")
    assert event["BatchSize"] == 1
    assert flat(event["ScalingConfig"]["MaximumConcurrency"]) == "SyncConcurrency"


def test_intake_holds_a_person_up_for_a_minute_at_most(functions: Resources, queues: Resources) -> None:
    assert functions["Intake"]["Properties"]["Timeout"] == 10
    assert queues["InboundQueue"]["Properties"]["VisibilityTimeout"] == 60


# ---- stream, clock, door


@pytest.mark.parametrize(("reader", "failures"), [("Relay", "RelayFailures"), ("KpiAggregator", "FiguresFailures")])
def test_the_stream_is_read_from_its_beginning_and_a_poison_record_gives_way(
    functions: Resources, reader: str, failures: str
) -> None:
    [event] = events_of(functions[reader], "DynamoDB")
    assert event["StartingPosition"] == "TRIM_HORIZON"
    assert event["BisectBatchOnFunctionError"] is True
    assert 0 < event["MaximumRetryAttempts"] <= 100
    assert 0 < event["MaximumRecordAgeInSeconds"] < 24 * 3600
    assert flat(event["DestinationConfig"]["OnFailure"]["Destination"]) == f"{failures}.Arn"


def test_figures_are_counted_by_the_batch_and_by_the_shard(functions: Resources) -> None:
    """A write costs the same for one event as for a hundred; and a batch is known by its shard, which only a source
    with windows names."""
    [event] = events_of(functions["KpiAggregator"], "DynamoDB")
    assert event["BatchSize"] >= 100
    assert 5 <= event["MaximumBatchingWindowInSeconds"] <= 30
    assert event["TumblingWindowInSeconds"] > 0
    assert event.get("ParallelizationFactor", 1) == 1, "a shard's batches come one after the other"


def test_the_stream_has_at_most_two_readers(functions: Resources) -> None:
    assert sum(len(events_of(function, "DynamoDB")) for function in functions.values()) <= 2


def test_the_clock_ends_before_it_ticks_again(functions: Resources) -> None:
    [event] = events_of(functions["Clock"], "Schedule")
    assert event["Schedule"] == "rate(1 minute)"
    assert functions["Clock"]["Properties"]["Timeout"] < 60


ROUTES = {
    ("GET", "/webhooks/whatsapp"): "WhatsappWebhook",
    ("POST", "/webhooks/whatsapp"): "WhatsappWebhook",
    ("GET", "/webhooks/messenger"): "SocialIngest",
    ("POST", "/webhooks/messenger"): "SocialIngest",
    ("GET", "/webhooks/instagram"): "SocialIngest",
    ("POST", "/webhooks/instagram"): "SocialIngest",
    ("POST", "/connectors/{connector}/events"): "HelpdeskWebhook",
    ("GET", "/v1/{proxy+}"): "Api",
    ("POST", "/v1/{proxy+}"): "Api",
    ("GET", "/console/"): "Api",
    ("GET", "/console/{proxy+}"): "Api",
    ("GET", "/health"): "Api",
    ("GET", "/files/{proxy+}"): "Api",  # the link bears its own proof
    ("GET", "/s/{proxy+}"): "Api",  # a survey's does, too
    ("POST", "/s/{proxy+}"): "Api",
}


def test_these_routes_and_no_others_are_open(functions: Resources) -> None:
    routes = {
        (event["Method"], event["Path"]): name
        for name, function in functions.items()
        for event in events_of(function, "HttpApi")
    }
    assert routes == ROUTES


def test_functions_behind_the_gateway_answer_before_it_gives_up(functions: Resources) -> None:
    for name, function in functions.items():
        if events_of(function, "HttpApi"):
            assert function["Properties"]["Timeout"] < SMALL_ENOUGH_FOR_THE_GATEWAY_S, name


def test_the_gateway_throttles_and_its_log_names_nobody(template: dict[str, Any]) -> None:
    http = template["Resources"]["Http"]["Properties"]
    assert {"ThrottlingRateLimit", "ThrottlingBurstLimit"} <= set(http["DefaultRouteSettings"])
    logged = set(re.findall(r"\$context\.([A-Za-z.]+)", http["AccessLogSettings"]["Format"]))
    allowed = {"requestId", "requestTime", "routeKey", "status", "responseLatency", "integrationLatency"}
    assert logged == allowed | {"integrationErrorMessage"}


# ---- data at rest


def test_the_table_has_the_keys_the_ports_promise(template: dict[str, Any]) -> None:
    table = template["Resources"]["Table"]["Properties"]
    keys = {"table": table["KeySchema"]} | {i["IndexName"]: i["KeySchema"] for i in table["GlobalSecondaryIndexes"]}
    named = {name: [part["AttributeName"] for part in schema] for name, schema in keys.items()}
    assert named == {"table": ["pk", "sk"], "cases": ["cases_pk", "cases_sk"], "due": ["due_pk", "due_sk"]}
    assert {i["Projection"]["ProjectionType"] for i in table["GlobalSecondaryIndexes"]} == {"KEYS_ONLY"}


def test_the_table_can_be_restored_and_is_not_lost_with_its_stack(template: dict[str, Any]) -> None:
    table = template["Resources"]["Table"]
    assert table["Properties"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["Properties"]["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["Properties"]["DeletionProtectionEnabled"] == {"Fn::If": ["IsProd", True, False]}


@pytest.mark.parametrize("name", ["Table", "Files"])
def test_what_holds_customers_data_outlives_the_stack(template: dict[str, Any], name: str) -> None:
    resource = template["Resources"][name]
    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resource["UpdateReplacePolicy"] == "Retain"
    assert f"{name}Name" not in resource["Properties"], "a fixed name stops the deployment that follows"


KEYS_BY_PARAMETER = [
    ("AWS::DynamoDB::Table", ["SSESpecification", "KMSMasterKeyId"]),
    ("AWS::SQS::Queue", ["KmsMasterKeyId"]),
    ("AWS::SecretsManager::Secret", ["KmsKeyId"]),
]


@pytest.mark.parametrize(("kind", "path"), KEYS_BY_PARAMETER)
def test_the_companys_own_key_encrypts_everything_when_given(of_type: Select, kind: str, path: list[str]) -> None:
    for name, resource in of_type(kind).items():
        value = resource["Properties"]
        for part in path:
            value = value[part]
        assert value == {"Fn::If": ["HasKey", {"Ref": "KeyArn"}, {"Ref": "AWS::NoValue"}]}, name


def test_without_a_key_data_is_encrypted_all_the_same(template: dict[str, Any], queues: Resources) -> None:
    resources = template["Resources"]
    assert resources["Table"]["Properties"]["SSESpecification"]["SSEEnabled"] is True
    [rule] = resources["Files"]["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == {"Fn::If": ["HasKey", "aws:kms", "AES256"]}
    for name, queue in queues.items():
        managed = queue["Properties"]["SqsManagedSseEnabled"]
        assert managed == {"Fn::If": ["HasKey", {"Ref": "AWS::NoValue"}, True]}, name
    assert flat(resources["Alarms"]["Properties"]["KmsMasterKeyId"]) == "AlarmsKey"


def test_files_are_private_and_travel_over_tls_alone(template: dict[str, Any]) -> None:
    bucket = template["Resources"]["Files"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    for policy, target in (("FilesPolicy", "Bucket"), ("QueuesPolicy", "Queues"), ("MailQueuesPolicy", "Queues")):
        statements = template["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"]
        [statement] = [one for one in statements if one["Effect"] == "Deny"]
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert template["Resources"][policy]["Properties"][target]


def test_every_queue_refuses_plain_http(of_type: Select, queues: Resources) -> None:
    policies = of_type("AWS::SQS::QueuePolicy").values()
    refusing = [flat(queue) for policy in policies for queue in policy["Properties"]["Queues"]]
    assert sorted(refusing) == sorted(queues)


# ---- mail


MAY_COME_IN = {
    "FilesPolicy": ("ses.amazonaws.com", "s3:PutObject", "receipt-rule-set/*"),
    "MailReceivedPolicy": ("ses.amazonaws.com", "sns:Publish", "receipt-rule-set/*"),
    "MailNewsPolicy": ("ses.amazonaws.com", "sns:Publish", "configuration-set/*"),
}


@pytest.mark.parametrize("name", MAY_COME_IN)
def test_only_our_own_ses_may_bring_mail(template: dict[str, Any], name: str) -> None:
    statements = template["Resources"][name]["Properties"]["PolicyDocument"]["Statement"]
    [statement] = [one for one in statements if one["Effect"] == "Allow"]
    service, action, source = MAY_COME_IN[name]
    assert (statement["Principal"], statement["Action"]) == ({"Service": service}, action)
    assert flat(statement["Condition"]["StringEquals"]["aws:SourceAccount"]) == "AWS::AccountId"
    by = flat(statement["Condition"]["ArnLike"]["aws:SourceArn"])
    assert by == "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:" + source
    if name == "FilesPolicy":
        assert flat(statement["Resource"]) == "${Files.Arn}/mail/*"


def test_the_mail_queue_takes_from_the_two_topics_alone(template: dict[str, Any], of_type: Select) -> None:
    statements = template["Resources"]["MailQueuesPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    [statement] = [one for one in statements if one["Effect"] == "Allow"]
    assert (statement["Principal"], statement["Action"]) == ({"Service": "sns.amazonaws.com"}, "sqs:SendMessage")
    assert [flat(topic) for topic in statement["Condition"]["ArnEquals"]["aws:SourceArn"]] == [
        "MailReceived",
        "MailNews",
    ]
    bringing = [
        one["Properties"]
        for one in of_type("AWS::SNS::Subscription").values()
        if one["Properties"]["Protocol"] == "sqs"
    ]
    assert {flat(one["TopicArn"]) for one in bringing} == {"MailReceived", "MailNews"}
    for one in bringing:
        assert flat(one["Endpoint"]) == "MailQueue.Arn"
        assert flat(one["RedrivePolicy"]["deadLetterTargetArn"]) == "MailDeadLetters.Arn"


def test_mail_is_scanned_kept_and_then_let_go_by_no_other_rule(template: dict[str, Any]) -> None:
    rule = template["Resources"]["MailRule"]
    assert rule["Condition"] == "HasMail"
    assert rule["Properties"]["Rule"]["ScanEnabled"] is True
    assert [flat(one) for one in rule["Properties"]["Rule"]["Recipients"]] == ["MailDomain"]
    keeps, stops = rule["Properties"]["Rule"]["Actions"]
    assert keeps["S3Action"]["ObjectKeyPrefix"] == "mail/"
    assert (flat(keeps["S3Action"]["BucketName"]), flat(keeps["S3Action"]["TopicArn"])) == ("Files", "MailReceived")
    assert stops == {"StopAction": {"Scope": "RuleSet"}}
    assert set(rule["DependsOn"]) == {"FilesPolicy", "MailReceivedPolicy"}, "SES tries both when the rule is made"


def test_ignored_events_expire_and_nothing_else_does(template: dict[str, Any]) -> None:
    """A dead letter has no expiry and may point to `inbound/`, an entry to `raw/`."""
    rules = template["Resources"]["Files"]["Properties"]["LifecycleConfiguration"]["Rules"]
    expiring = {rule["Prefix"]: flat(rule["ExpirationInDays"]) for rule in rules if "ExpirationInDays" in rule}
    assert expiring == {"ignored/": "IgnoredDays"}
    assert template["Parameters"]["IgnoredDays"]["Default"] == 90


def test_no_secret_is_in_the_template(template: dict[str, Any], of_type: Select) -> None:
    for name, secret in of_type("AWS::SecretsManager::Secret").items():
        properties = secret["Properties"]
        written = properties.get("SecretString") or properties["GenerateSecretString"]["SecretStringTemplate"]
        assert set(re.findall(r'"[a-z_]+": *(\S+?)[,}]', written)) == {"[]"}, f"{name} starts closed"
    for parameter, described in template["Parameters"].items():
        assert "secret" not in parameter.lower(), "a secret is no parameter"
        assert described["Description"]


# ---- alarms


def alarmed(of_type: Select, metric: str, dimension: str) -> set[str]:
    return {
        flat(entry["Value"]).removesuffix(".QueueName")
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"].get("MetricName") == metric
        for entry in alarm["Properties"]["Dimensions"]
        if entry["Name"] == dimension
    }


def test_every_queue_has_an_alarm(of_type: Select, queues: Resources, functions: Resources) -> None:
    failing = dead_letter_queues(queues) | failure_queues(functions)
    assert alarmed(of_type, "ApproximateNumberOfMessagesVisible", "QueueName") == failing
    assert alarmed(of_type, "ApproximateAgeOfOldestMessage", "QueueName") == set(queues) - failing


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_function_has_an_alarm(of_type: Select, functions: Resources, metric: str) -> None:
    assert alarmed(of_type, metric, "FunctionName") == set(functions)


def test_a_late_stream_raises_an_alarm(of_type: Select) -> None:
    assert alarmed(of_type, "IteratorAge", "FunctionName") == {"Relay", "KpiAggregator"}


NEEDS_A_PERSON = [
    "account_alert", "breaker_opened", "connector_stopped", "dead_letters", "due_failed", "found_by_sweep",
    "loop_suspected", "merge_blocked", "unmapped_state",
]  # fmt: skip


@pytest.mark.parametrize("metric", NEEDS_A_PERSON)
def test_what_needs_a_person_raises_an_alarm(of_type: Select, root: Path, metric: str) -> None:
    expressions = [
        query["Expression"]
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
        for query in alarm["Properties"].get("Metrics", [])
    ]
    assert any(f'SUM("{metric}")' in expression for expression in expressions)
    counted = f'.count("{metric}"'
    assert any(counted in path.read_text(encoding="utf-8") for path in (root / "shared").rglob("*.py")), (
        "nobody counts it"
    )


def test_a_clock_that_stands_still_raises_an_alarm(of_type: Select) -> None:
    assert alarmed(of_type, "Invocations", "FunctionName") == {"Clock"}


def test_every_alarm_tells_somebody(of_type: Select) -> None:
    for name, alarm in of_type("AWS::CloudWatch::Alarm").items():
        assert [flat(action) for action in alarm["Properties"]["AlarmActions"]] == ["Alarms"], name
        silence = "breaching" if name == "ClockStopped" else "notBreaching"
        assert alarm["Properties"]["TreatMissingData"] == silence, name


# ---- settings of each stage


def test_each_stage_can_be_deployed_by_its_name(root: Path, template: dict[str, Any]) -> None:
    stages = tomllib.loads((root / "samconfig.toml").read_text())
    for stage in ("dev", "staging", "prod"):
        settings = stages[stage]["deploy"]["parameters"]
        overrides = dict(pair.split("=", 1) for pair in settings["parameter_overrides"])
        assert overrides["Stage"] == stage
        assert set(overrides) <= set(template["Parameters"])
        assert settings["stack_name"] == f"hilo-{stage}"
        assert settings["capabilities"] == "CAPABILITY_IAM"
