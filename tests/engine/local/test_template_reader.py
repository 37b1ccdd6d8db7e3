"""What is read from a template, and what is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.definitions import QueueDefinition, QueueSource, Route, ScheduleSource, StreamSource
from local.template import read_template, shared_environment
from shared.domain.errors import Misconfigured

ROOT = Path(__file__).parents[3]

TEMPLATE = """
Parameters:
  Stage: {Type: String, Default: dev}
  Most: {Type: Number, Default: 20}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsNot: !Not [!Condition IsProd]
Globals:
  Function:
    Timeout: 7
    Environment: {Variables: {LANGUAGE: es, PLACE: everywhere}}
Resources:
  Table: {Type: AWS::DynamoDB::Table}
  InboundQueue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub hilo-${Stage}-inbound.fifo
      FifoQueue: true
      VisibilityTimeout: !If [IsProd, 600, 60]
      RedrivePolicy: {maxReceiveCount: 5, deadLetterTargetArn: !GetAtt Dead.Arn}
  Dead:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Sub "hilo-${Stage}-inbound-dlq.fifo", FifoQueue: true}
  Failures: {Type: AWS::SQS::Queue}
  OnlyInProd:
    Type: AWS::SQS::Queue
    Condition: IsProd
  Webhook:
    Type: AWS::Serverless::Function
    Properties:
      Handler: functions.webhook.app.handler
      FunctionName: !Sub hilo-${Stage}-webhook
      Environment: {Variables: {INBOUND_QUEUE_URL: !Ref InboundQueue, CHANNEL_SECRETS: whatsapp, PLACE: here}}
      Events:
        Any:
          Type: HttpApi
          Properties: {Method: any, Path: "/webhooks/{channel}"}
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      Handler: functions.reader.app.handler
      Timeout: 9
      Events:
        Queue:
          Type: SQS
          Properties:
            Queue: !GetAtt InboundQueue.Arn
            BatchSize: 10
            FunctionResponseTypes: [ReportBatchItemFailures]
            ScalingConfig: {MaximumConcurrency: !Ref Most}
        Slow:
          Type: SQS
          Properties: {Queue: !Sub "${Dead.Arn}", ScalingConfig: {MaximumConcurrency: 2}}
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Table.StreamArn
            StartingPosition: TRIM_HORIZON
            BatchSize: 50
            BisectBatchOnFunctionError: true
            MaximumRetryAttempts: 3
            ParallelizationFactor: 2
            FunctionResponseTypes: [ReportBatchItemFailures]
            DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failures.Arn}}
        Hourly: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(2 hours), Input: '{"a": 1}'}}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "template.yaml"
    path.write_text(text)
    return path


def test_everything_the_embedded_run_needs_is_read(tmp_path: Path) -> None:
    hub = read_template(written(tmp_path, TEMPLATE))
    webhook = hub.functions["Webhook"]
    assert (webhook.name, webhook.handler, webhook.timeout_s) == (
        "hilo-dev-webhook",
        "functions.webhook.app.handler",
        7.0,
    )
    assert webhook.environment == {"LANGUAGE": "es", "CHANNEL_SECRETS": "whatsapp", "PLACE": "here"}
    assert hub.functions["Reader"].timeout_s == 9.0
    assert hub.routes == (Route("ANY", "/webhooks/{channel}", "Webhook"),)
    assert hub.queues == {
        "inbound": QueueDefinition("inbound", "hilo-dev-inbound.fifo", True, 60.0, "hilo-dev-inbound-dlq.fifo", 5),
        "hilo-dev-inbound-dlq.fifo": QueueDefinition("hilo-dev-inbound-dlq.fifo", "hilo-dev-inbound-dlq.fifo"),
        "Failures": QueueDefinition("Failures", "Failures", fifo=False),
    }
    assert hub.queue_sources == (
        QueueSource("Reader", "inbound", 10, 8, partial=True),
        QueueSource("Reader", "hilo-dev-inbound-dlq.fifo", 10, 2, partial=False),
    )
    assert hub.stream_sources == (
        StreamSource("Reader.Changes", "Reader", 50, 2, partial=True, bisect=True, retries=3, failures="Failures"),
    )
    assert hub.schedules == (ScheduleSource("Reader.Hourly", "Reader", 7200.0, '{"a": 1}'),)


def test_a_variable_on_which_functions_disagree_is_left_out_of_the_process(tmp_path: Path) -> None:
    hub = read_template(written(tmp_path, TEMPLATE))
    assert shared_environment(hub) == {"LANGUAGE": "es", "CHANNEL_SECRETS": "whatsapp"}


def test_the_projects_own_template_is_read() -> None:
    hub = read_template(ROOT / "template.yaml")
    assert {"inbound", "sync"} <= set(hub.queues)
    assert Route("POST", "/webhooks/whatsapp", "WhatsappWebhook") in hub.routes
    assert {source.queue for source in hub.queue_sources} >= {"inbound", "sync"}
    assert hub.stream_sources
    assert [schedule.every_s for schedule in hub.schedules] == [60.0]


CHANGES = {
    "a cron": ("rate(2 hours)", "'cron(0 3 * * ? *)'", r"Reader\.Hourly: .*rate"),
    "another start": ("TRIM_HORIZON", "LATEST", r"Reader\.Changes: .*TRIM_HORIZON"),
    "another event": ("Type: ScheduleV2", "Type: S3", r"Reader\.Hourly: .*type S3"),
    "a filter": ("BatchSize: 50", "FilterCriteria: {}", r"Reader\.Changes: .*FilterCriteria"),
    "a foreign queue": ("Queue: !GetAtt InboundQueue.Arn", "Queue: arn:x", r"Reader\.Queue: a queue is named"),
    "a foreign stream": ("!GetAtt Table.StreamArn", "arn:x", r"Reader\.Changes: Stream"),
    "no handler": ("Handler: functions.reader.app.handler", "Tracing: Active", "Reader: Handler is missing"),
    "only a deployment knows": ("Timeout: 9", "Timeout: !GetAtt Table.Arn", "Reader: Timeout depends on"),
    "the old payload": ("Method: any,", 'Method: any, PayloadFormatVersion: "1.0",', r"Webhook\.Any: .*2\.0"),
    "another response type": ("[ReportBatchItemFailures]", "[ReportAll]", "ReportAll"),
    "no resources": ("Resources:", "Resorts:", "no Resources"),
    "no YAML": ("Resources:", "Resources: [", "cannot be read"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_it_cannot_read_is_refused_with_file_and_place(tmp_path: Path, name: str) -> None:
    old, new, told = CHANGES[name]
    assert old in TEMPLATE
    path = written(tmp_path, TEMPLATE.replace(old, new))
    with pytest.raises(Misconfigured, match=told) as refused:
        read_template(path)
    assert str(path) in refused.value.reason
