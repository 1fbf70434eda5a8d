"""An AWS in memory on a free port, which it prints. Needs Debian's python3-moto python3-flask python3-flask-cors."""

import importlib
import json
from datetime import datetime, timezone
from time import time
from xml.sax.saxutils import escape

import yaml

import moto_alias  # noqa: F401, before moto looks for the types of resources that it has
import moto_scheduler  # noqa: F401

from moto.cloudformation import models as cloudformation
from moto.cloudformation import parsing, responses
from moto.cloudformation.exceptions import ValidationError
from moto.dynamodb import models as dynamodb
from moto.dynamodb import responses as dynamodb_responses
from moto.dynamodb.models import dynamodb_backends
from moto.iam import models as iam
from moto.iam.exceptions import EntityAlreadyExists, InvalidInput
from moto.s3.models import s3_backends
from moto.sqs import models as sqs

# It reads each template as YAML, also JSON, which took half of its time.
load_yaml = yaml.load


def load_json_or_yaml(text, Loader):
    try:
        return json.loads(text)
    except ValueError:
        return load_yaml(text, Loader=Loader)


yaml.load = load_json_or_yaml
# Debian has no cfn-lint.
cloudformation.validate_template_cfn_lint = lambda template: []
# It has no HTTP API and the like, and fails at them when it looks for another resource.
cloudformation.FakeStack.stack_resources = property(
    lambda stack: [each for each in stack.resource_map.values() if each is not None]
)
# Of a stack that is updated by a change set, it keeps the outputs of the first template.
apply = cloudformation.FakeChangeSet.apply


def apply_with_outputs(change_set):
    apply(change_set)
    stack = change_set.stack
    stack.template = change_set.template
    stack._parse_template()
    stack.output_map = stack._create_output_map()


cloudformation.FakeChangeSet.apply = apply_with_outputs
# It knows one of the two policies by which a resource stays.
delete_resources = cloudformation.ResourceMap.delete


def delete_but_retain(resource_map):
    for resource in resource_map._resource_json_map.values():
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
            resource["DeletionPolicy"] = "Retain"
    delete_resources(resource_map)


cloudformation.ResourceMap.delete = delete_but_retain
# It does not say which role is there already as IAM does.
create_service_linked_role = iam.IAMBackend.create_service_linked_role


def create_unless_taken(backend, service_name, description, suffix):
    try:
        return create_service_linked_role(backend, service_name, description, suffix)
    except EntityAlreadyExists:
        raise InvalidInput("Service role name has been taken in this account, please try a different suffix.")


iam.IAMBackend.create_service_linked_role = create_unless_taken
# Without an HTTP API, nothing has its id.
clean_json = parsing.clean_json


def clean_json_with_api(resource_json, resources_map):
    if resource_json == {"Ref": "HttpApi"}:
        return "http-api"
    return clean_json(resource_json, resources_map)


parsing.clean_json = clean_json_with_api
# A template may have what XML must escape.
get_template = cloudformation.CloudFormationBackend.get_template
cloudformation.CloudFormationBackend.get_template = lambda backend, name: escape(get_template(backend, name))
# It stores the protection of a stack only when the stack is created, and deletes the stack all the same.
responses.CloudFormationResponse.update_termination_protection = lambda request: update_protection(request)
delete_stack = cloudformation.CloudFormationBackend.delete_stack


def update_protection(request):
    stack = request.cloudformation_backend.get_stack(request._get_param("StackName"))
    stack.enable_termination_protection = request._get_param("EnableTerminationProtection") == "true"
    result = f"<StackId>{stack.stack_id}</StackId>"
    name = "UpdateTerminationProtection"
    return f"<{name}Response><{name}Result>{result}</{name}Result></{name}Response>"


def delete_unless_protected(backend, name_or_stack_id):
    for stack in backend.stacks.values():
        if name_or_stack_id in (stack.name, stack.stack_id) and stack.enable_termination_protection:
            raise ValidationError(message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
    delete_stack(backend, name_or_stack_id)


cloudformation.CloudFormationBackend.delete_stack = delete_unless_protected
# It makes what a change set imports. These are there already, and are found by their identifiers.
create_change_set = responses.CloudFormationResponse.create_change_set
apply_any = cloudformation.FakeChangeSet.apply


def create_with_imports(request):
    answer = create_change_set(request)
    change_set = request.cloudformation_backend.describe_change_set(request._get_param("ChangeSetName"))
    change_set.imports = {}
    while identifier := request._get_param(f"ResourcesToImport.member.{len(change_set.imports) + 1}.LogicalResourceId"):
        member = f"ResourcesToImport.member.{len(change_set.imports) + 1}"
        value = request._get_param(f"{member}.ResourceIdentifier.entry.1.value")
        change_set.imports[identifier] = (request._get_param(f"{member}.ResourceType"), value)
    return answer


def find_imported(type, value, account, region):
    if type == "AWS::DynamoDB::Table":
        return dynamodb_backends[account][region].get_table(value)
    if type == "AWS::SQS::Queue":
        return sqs.sqs_backends[account][region].get_queue(value.rsplit("/", 1)[-1])
    bucket = s3_backends[account]["aws"].get_bucket(value)
    return bucket if type == "AWS::S3::Bucket" else None  # it knows no policy


def apply_or_import(change_set):
    if change_set.change_set_type != "IMPORT":
        return apply_any(change_set)
    stack, resources = change_set.stack, change_set.stack.resource_map
    resources._template = change_set.template_dict
    resources._resource_json_map = change_set.template_dict["Resources"]
    assert change_set.imports.keys() == resources._resource_json_map.keys()
    for name, (type, value) in change_set.imports.items():
        found = find_imported(type, value, stack.account_id, stack.region_name)
        resources._parsed_resources[name] = found
        if found is not None:
            found.logical_resource_id, found.type = name, type
    stack.template = change_set.template
    stack._parse_template()


responses.CloudFormationResponse.create_change_set = create_with_imports
cloudformation.FakeChangeSet.apply = apply_or_import
# It answers neither for a resource nor for a change set that is not there.
describe_stack_resource = cloudformation.CloudFormationBackend.describe_stack_resource
delete_change_set = cloudformation.CloudFormationBackend.delete_change_set


def describe_resource_if_there(backend, stack_name, logical_resource_id):
    ids = [each.logical_resource_id for each in backend.get_stack(stack_name).stack_resources]
    if logical_resource_id not in ids:
        raise ValidationError(message=f"Resource {logical_resource_id} does not exist for stack {stack_name}")
    return describe_stack_resource(backend, stack_name, logical_resource_id)


def delete_change_set_if_there(backend, change_set_name):
    if any(change_set_name in (each.change_set_id, each.change_set_name) for each in backend.change_sets.values()):
        delete_change_set(backend, change_set_name)


cloudformation.CloudFormationBackend.describe_stack_resource = describe_resource_if_there
cloudformation.CloudFormationBackend.delete_change_set = delete_change_set_if_there
# Its tables can be restored to the moment in which that was switched on, and it does not say to which time one was restored.
describe_continuous_backups = dynamodb.DynamoDBBackend.describe_continuous_backups
restore_table = dynamodb_responses.DynamoHandler.restore_table_to_point_in_time


def describe_until_now(backend, table_name):
    described = describe_continuous_backups(backend, table_name)
    window = described["PointInTimeRecoveryDescription"]
    if "EarliestRestorableDateTime" not in window:
        return described
    earliest = int(window["EarliestRestorableDateTime"])
    until_now = {**window, "EarliestRestorableDateTime": earliest, "LatestRestorableDateTime": time()}
    return {**described, "PointInTimeRecoveryDescription": until_now}


def restore_to_time(request):
    answer = restore_table(request)
    table = request.dynamodb_backend.get_table(request.body["TargetTableName"])
    table.restore_date_time = datetime.fromtimestamp(request.body["RestoreDateTime"], timezone.utc).replace(tzinfo=None)
    return answer


dynamodb.DynamoDBBackend.describe_continuous_backups = describe_until_now
dynamodb_responses.DynamoHandler.restore_table_to_point_in_time = restore_to_time
# The maximum in AWS since August 2025.
sqs.MAXIMUM_MESSAGE_SIZE_ATTR_UPPER_BOUND = 1024 * 1024

importlib.import_module("moto.server").main(["-H", "127.0.0.1", "-p", "0"])
