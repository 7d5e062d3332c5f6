"""Stands in for Docker and for the two images of the EMR example: pipec writes neither, so what they do is written here.

    containers.py CONFIG run OPTION… IMAGE WORD…

What is in the "container" sees what Docker was told and nothing else: variables by `--env NAME`, files by `--volume`. A value on the command line, where
everybody on the machine could read it, ends with 125, as an option that Docker has not does. CONFIG is the judge's: where Google Storage answers, and
where to note what Docker was asked for.

`emr_ingestion` fetches a file per table from Synthea's address into the landing zone; `emr_transformation` makes Parquet of them, a folder per table and
delivery, and takes them away. Both are chatty about rows, as programs are.
"""

import csv
import io
import json
import os
import sys
import urllib.request

TABLES = ("patients", "organizations", "providers", "encounters", "conditions", "medications")
FLAGS = {"--rm": 0, "--pull": 1, "--env": 1, "--volume": 1}


def read(words):
    """Which variables and files the container has, its image, and its words."""
    if not words or words[0] != "run":
        sys.exit(125)
    variables, files, at = {}, {}, 1
    while at < len(words) and words[at].startswith("--"):
        name = words[at]
        if name not in FLAGS:
            print(f"unknown flag: {name}", file=sys.stderr)
            sys.exit(125)
        value = words[at + 1] if FLAGS[name] else ""
        if name == "--env":
            told, equals, given = value.partition("=")
            # A path inside of the container is nobody's secret.
            if equals and told != "GOOGLE_APPLICATION_CREDENTIALS":
                sys.exit(125)
            if equals or told in os.environ:
                variables[told] = given if equals else os.environ[told]
        elif name == "--volume":
            outside, inside = value.removesuffix(":ro").split(":")
            files[inside] = outside
        at += 1 + FLAGS[name]
    return variables, files, words[at], words[at + 1 :]


def storage(config, variables, files):
    """Google's own client, as the account whose key the container was given."""
    os.environ["STORAGE_EMULATOR_HOST"] = config["storage"]
    import google.oauth2.credentials
    from google.cloud import storage

    with open(files[variables["GOOGLE_APPLICATION_CREDENTIALS"]], encoding="utf-8") as file:
        key = json.load(file)
    credentials = google.oauth2.credentials.Credentials(token=key["token"])
    return storage.Client(project=key["project_id"], credentials=credentials)


def ingestion(client, variables):
    """Every file, all of them or none: they are written when the last one is there."""
    fetched = {}
    for table in TABLES:
        with urllib.request.urlopen(f"{variables['INGESTION_SYNTHEA_URL_SOURCE']}/{table}.csv", timeout=30) as answer:
            fetched[table] = answer.read()
        print(fetched[table].decode().splitlines()[1])
    bucket = client.bucket(variables["INGESTION_GCS_BUCKET_DESTINATION"])
    for table, body in fetched.items():
        bucket.blob(f"synthea/{table}.csv").upload_from_string(body, content_type="text/csv")


def transformation(client, variables):
    """Texts, as external tables have them; the delivery is the folder's name."""
    import pyarrow
    import pyarrow.parquet

    bucket = client.bucket(variables["TRANSFORMATION_GCS_BUCKET"])
    for blob in list(client.list_blobs(bucket, prefix="synthea/")):
        table = blob.name.removeprefix("synthea/").removesuffix(".csv")
        deliveries = {}
        lines = csv.DictReader(io.StringIO(blob.download_as_bytes().decode(), newline=""))
        for row in lines:
            deliveries.setdefault(row.pop("ingested_at"), []).append({name: value or None for name, value in row.items()})
        for moment, rows in deliveries.items():
            schema = pyarrow.schema([(name, pyarrow.string()) for name in rows[0]])
            sink = io.BytesIO()
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema), sink)
            bucket.blob(f"emr/{table}/ingested_at={moment}/part-0.parquet").upload_from_string(sink.getvalue())
            print(rows[0])
        blob.delete()


def main():
    """Command line."""
    with open(sys.argv[1], encoding="utf-8") as file:
        config = json.load(file)
    variables, files, image, words = read(sys.argv[2:])
    with open(config["asked"], "a", encoding="utf-8") as file:
        file.write(json.dumps({"image": image, "words": words, "told": variables, "options": sys.argv[3:]}) + "\n")
    work = {"emr_ingestion:1.0": (["python", "/app/emr_ingestion.py"], ingestion), "emr_transformation:1.0": (["python", "/app/emr_transformation.py"], transformation)}
    expected, does = work[image]
    if words != expected:
        sys.exit(127)
    does(storage(config, variables, files), variables)


main()
