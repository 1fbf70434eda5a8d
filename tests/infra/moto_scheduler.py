"""Schedules of EventBridge Scheduler in CloudFormation, on the scheduler of moto, which has an API only."""

from moto.core.common_models import CloudFormationModel
from moto.scheduler.models import scheduler_backends

# moto takes the second part for the name of the service.
module = "moto.scheduler.cloudformation"


class Resource:
    """What is created is what the API would create."""

    def __init__(self, name, arn):
        self.physical_resource_id = name
        self.arn = arn

    def get_cfn_attribute(self, name):
        assert name == "Arn", name
        return self.arn

    @staticmethod
    def cloudformation_name_type():
        return "Name"

    @classmethod
    def has_cfn_attr(cls, attr):
        return attr == "Arn"

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    ):
        original_resource.delete(account_id, region_name)
        return cls.create_from_cloudformation_json(
            new_resource_name, cloudformation_json, account_id, region_name
        )

    def is_created(self):
        return True


class ScheduleGroup(Resource, CloudFormationModel):
    __module__ = module

    @staticmethod
    def cloudformation_type():
        return "AWS::Scheduler::ScheduleGroup"

    @classmethod
    def create_from_cloudformation_json(cls, name, template, account_id, region_name, **_kwargs):
        group = scheduler_backends[account_id][region_name].create_schedule_group(name, [])
        return cls(group.name, group.arn)

    def delete(self, account_id, region_name):
        scheduler_backends[account_id][region_name].delete_schedule_group(self.physical_resource_id)


class Schedule(Resource, CloudFormationModel):
    __module__ = module

    @staticmethod
    def cloudformation_type():
        return "AWS::Scheduler::Schedule"

    @classmethod
    def create_from_cloudformation_json(cls, name, template, account_id, region_name, **_kwargs):
        given = template["Properties"]
        created = scheduler_backends[account_id][region_name].create_schedule(
            description=given.get("Description"),
            end_date=None,
            flexible_time_window=given["FlexibleTimeWindow"],
            group_name=given["GroupName"],
            kms_key_arn=None,
            name=name,
            schedule_expression=given["ScheduleExpression"],
            schedule_expression_timezone=given.get("ScheduleExpressionTimezone"),
            start_date=None,
            state=given.get("State"),
            target=given["Target"],
            action_after_completion=None,
        )
        resource = cls(created.name, created.arn)
        resource.group = given["GroupName"]
        return resource

    def delete(self, account_id, region_name):
        backend = scheduler_backends[account_id][region_name]
        # With its group, it may be gone already.
        if self.group in backend.schedule_groups:
            backend.delete_schedule(self.group, self.physical_resource_id)
