"""Validates rendered action definitions against HubSpot's OpenAPI file of the automation API."""

import json
import pathlib
import sys

from jsonschema import Draft202012Validator


def as_json_schema(node):
    """OpenAPI 3.0 as JSON Schema: references moved, null examples dropped."""
    if isinstance(node, list):
        return [as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: as_json_schema(value) for key, value in node.items() if key != "example"}
    if "$ref" in node:
        node["$ref"] = node["$ref"].replace("#/components/schemas/", "#/$defs/")
    return node


def main(openapi_file, folder):
    schemas = as_json_schema(json.loads(pathlib.Path(openapi_file).read_text())["components"]["schemas"])
    # Typed as objects there; the documentation and every published sample write texts.
    schemas["PublicExecutionTranslationRule"]["properties"]["conditions"]["additionalProperties"] = True
    validator = Draft202012Validator({**schemas["PublicActionDefinitionEgg"], "$defs": schemas})
    definitions = sorted(pathlib.Path(folder).glob("*.json"))
    errors = 0
    for path in definitions:
        for error in validator.iter_errors(json.loads(path.read_text())):
            errors += 1
            print(f"{path.name}: {'/'.join(map(str, error.path))}: {error.message}")
    if errors or not definitions:
        sys.exit(f"{errors} errors in {len(definitions)} definitions")
    print(f"{len(definitions)} definitions fit")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: validate_definitions.py OPENAPI_FILE FOLDER")
    main(*sys.argv[1:])
