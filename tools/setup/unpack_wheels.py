"""Unpacks the chosen members of wheels: unpack_wheels.py WHEEL_FOLDER TARGET_FOLDER PATTERN..."""
import fnmatch
import os
import shutil
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
for archive, member in chosen:
    path = os.path.join(target, *member.filename.split("/"))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with archive.open(member) as source, open(path, "wb") as sink:
        shutil.copyfileobj(source, sink, 1 << 20)
    if member.external_attr >> 16 & 0o111:
        os.chmod(path, 0o755)
    done += member.file_size
    print("unpacked %d of %d MB" % (done // 10**6, total // 10**6), flush=True)
