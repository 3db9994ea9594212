"""The composition: settings, the hook, the tasks and the terminal, put together from the other rooms.

Empty on purpose: the hook imports submodules of this package and must not pay for the rest.
"""
