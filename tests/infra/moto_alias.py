"""Aliases of functions in CloudFormation, and versions of what was changed, on the Lambda of moto, which has an API for aliases only."""

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import LambdaVersion, lambda_backends
from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel
from moto.utilities.docker_utilities import DockerModel


class Alias(CloudFormationModel):
    # moto takes the second part for the name of the service.
    __module__ = "moto.lambda.cloudformation"

    def __init__(self, alias, function_name):
        self.name = alias.name
        self.function_name = function_name
        self.physical_resource_id = alias.arn

    @staticmethod
    def cloudformation_name_type():
        return None

    @staticmethod
    def cloudformation_type():
        return "AWS::Lambda::Alias"

    @classmethod
    def create_from_cloudformation_json(cls, _name, template, account_id, region_name, **_kwargs):
        given = template["Properties"]
        lambdas = lambda_backends[account_id][region_name]
        put = lambdas.create_alias(given["Name"], given["FunctionName"], given["FunctionVersion"], "", None)
        return cls(put, given["FunctionName"])

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    ):
        given = cloudformation_json["Properties"]
        lambdas = lambda_backends[account_id][region_name]
        lambdas.update_alias(given["Name"], given["FunctionName"], given["FunctionVersion"], "", None)
        return original_resource

    def delete(self, account_id, region_name):
        try:
            lambda_backends[account_id][region_name].delete_alias(self.name, self.function_name)
        except UnknownFunctionException:
            pass  # its function may be gone already

    def is_created(self):
        return True


# moto calls what a queue calls, and says that it failed, since there is no Docker. A version is a copy without this field.
DockerModel._DockerModel__docker_client = None
LambdaVersion.has_cfn_attr = classmethod(lambda cls, attr: attr == "Version")
LambdaVersion.get_cfn_attribute = lambda version, _name: str(version.version)
LambdaVersion.update_from_cloudformation_json = classmethod(
    lambda cls, original_resource, **_kwargs: original_resource
)
# A version stays when its resource goes: osls retains all of them.
LambdaVersion.delete = lambda version, _account_id, _region_name: None
create_version = LambdaVersion.create_from_cloudformation_json


def create_with_arn(_cls, resource_name, template, account_id, region_name, **kwargs):
    version = create_version(resource_name, template, account_id, region_name, **kwargs)
    function = template["Properties"]["FunctionName"]
    arn = lambda_backends[account_id][region_name].get_function(function).function_arn
    version.physical_resource_id = f"{arn}:{version.version}"
    return version


LambdaVersion.create_from_cloudformation_json = classmethod(create_with_arn)

# moto adds before it modifies: the new version of a function that is there would be one of the code before. And it does not wait
# for the alias that a permission names.
order = ["AWS::Lambda::Function", "AWS::Lambda::Version", "AWS::Lambda::Alias"]
build_resource_diff = parsing.ResourceMap.build_resource_diff


def build_in_order(resource_map, template, parameters=None):
    names = build_resource_diff(resource_map, template, parameters)
    resources = template["Resources"]

    def position(name):
        of = resources[name]["Type"]
        return order.index(of) if of in order else len(order)

    def has_function(name):
        return resources[name]["Properties"]["FunctionName"]["Ref"] in resource_map._resource_json_map

    late = [name for name in names["Add"] if position(name) in (1, 2) and has_function(name)]
    added = [name for name in names["Add"] if name not in late]
    return {
        "Add": sorted(added, key=position),
        "Modify": sorted([*names["Modify"], *late], key=position),
        "Remove": names["Remove"],
    }


parsing.ResourceMap.build_resource_diff = build_in_order
