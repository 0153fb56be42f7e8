"""Settings of the assignments for nbgrader. `make assignments` writes this file anew."""

c = get_config()  # noqa: F821 - nbgrader gives it

c.CourseDirectory.course_id = "seeing-through-cnns"
c.ClearSolutions.code_stub = {"python": "# Your answer belongs in place of the three dots above."}
# `make grade` has limits of its own. These hold where `nbgrader autograde` is called alone.
c.Execute.timeout = 60
c.LimitOutput.max_lines = 200
