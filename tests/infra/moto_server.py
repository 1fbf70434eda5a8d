"""An AWS in memory on a free port, which it prints. Needs Debian's python3-moto python3-flask python3-flask-cors."""

import importlib
from xml.sax.saxutils import escape

import moto_scheduler  # noqa: F401, before moto looks for the types of resources that it has

from moto.cloudformation import models as cloudformation
from moto.sqs import models as sqs

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
# A template may have what XML must escape.
get_template = cloudformation.CloudFormationBackend.get_template
cloudformation.CloudFormationBackend.get_template = lambda backend, name: escape(get_template(backend, name))
# The maximum in AWS since August 2025.
sqs.MAXIMUM_MESSAGE_SIZE_ATTR_UPPER_BOUND = 1024 * 1024

importlib.import_module("moto.server").main(["-H", "127.0.0.1", "-p", "0"])
