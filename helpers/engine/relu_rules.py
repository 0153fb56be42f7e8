"""How a gradient goes back through a ReLU."""

from helpers.backend import tf


@tf.RegisterGradient("CourseGuidedRelu")
def _guided_relu(operation, grads):
    return tf.raw_ops.ReluGrad(gradients=tf.nn.relu(grads), features=operation.outputs[0])


@tf.RegisterGradient("CourseGuidedRelu6")
def _guided_relu6(operation, grads):
    return tf.raw_ops.Relu6Grad(gradients=tf.nn.relu(grads), features=operation.outputs[0])


@tf.RegisterGradient("CourseDeconvRelu")
def _deconv_relu(_, grads):
    return tf.nn.relu(grads)


RELU_RULES = {
    "vanilla": {},
    "guided": {"Relu": "CourseGuidedRelu", "Relu6": "CourseGuidedRelu6"},
    "deconv": {"Relu": "CourseDeconvRelu", "Relu6": "CourseDeconvRelu"},
}
"""Where the ReLU's input was positive ("vanilla"), where also the gradient is positive ("guided"), or
wherever the gradient is positive ("deconv")."""


def with_relu_rule(relu, run, name):
    """Build a piece of the graph that is being traced with one of the rules; `name` is the network's.

    The rule replaces the gradient of the ReLU operations themselves, so it does not matter how Keras was
    told of them, and no layer is touched. ValueError if there is none.
    """
    graph, rule = tf.compat.v1.get_default_graph(), RELU_RULES[relu]
    with graph.gradient_override_map(rule):
        result = run()
    if rule and not any(operation.type in rule for operation in graph.get_operations()):
        raise ValueError(f"relu={relu!r} has nothing to act on: model {name!r} has no ReLU")
    return result
