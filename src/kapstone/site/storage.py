"""Static files named by their content: a page never meets a script of another release."""

from whitenoise.storage import (  # type: ignore[import-untyped]  # it brings no types
    CompressedManifestStaticFilesStorage as Hashed,
)

_EVERY, _IMPORTS = Hashed._js_module_import_aggregation_patterns


class HashedModules(Hashed):  # type: ignore[misc]  # as above
    """
    Rename what a module of the room imports, too.

    Only there: a library's minified file names modules that nobody serves.
    """

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = ("dosing/sync/*.js", _IMPORTS)
