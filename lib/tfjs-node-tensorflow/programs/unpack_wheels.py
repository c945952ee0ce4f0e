"""Unpacks the chosen members of wheels: unpack_wheels.py WHEEL_FOLDER TARGET_FOLDER PATTERN...

Writes TARGET_FOLDER/files.json last: size and SHA-256 of every file, as they were in the wheels.
"""
import fnmatch
import hashlib
import json
import os
import sys
import zipfile

wheel_folder, target, patterns = sys.argv[1], sys.argv[2], sys.argv[3:]
archives = [
    zipfile.ZipFile(os.path.join(wheel_folder, name)) for name in sorted(os.listdir(wheel_folder)) if name.endswith(".whl")
]
chosen = [
    (archive, member)
    for archive in archives
    for member in archive.infolist()
    if not member.is_dir() and any(fnmatch.fnmatchcase(member.filename, pattern) for pattern in patterns)
]
total = sum(member.file_size for _, member in chosen)
done = 0
files = {}
for archive, member in chosen:
    parts = member.filename.split("/")
    if ".." in parts or member.filename.startswith("/"):
        sys.exit("error: a wheel has a member that leads out of its folder: %r" % member.filename)
    path = os.path.join(target, *parts)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    digest = hashlib.sha256()
    with archive.open(member) as source, open(path, "wb") as sink:
        while True:
            block = source.read(1 << 20)
            if not block:
                break
            digest.update(block)
            sink.write(block)
    if member.external_attr >> 16 & 0o111:
        os.chmod(path, 0o755)
    files[member.filename] = {"size": member.file_size, "sha256": digest.hexdigest()}
    done += member.file_size
    print("unpacked %d of %d MB" % (done // 10**6, total // 10**6), flush=True)
with open(os.path.join(target, "files.json"), "w") as manifest:
    json.dump(files, manifest, indent=0)
