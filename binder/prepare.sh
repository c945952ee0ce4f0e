#!/bin/sh
# Sets the course up in the folder of this clone, for a server that starts JupyterLab by itself: run by binder/Dockerfile.
set -e
npm run setup
# Of Jupyter's own newest minor version that JupyterLab 4.6 goes with.
.venv/bin/python -m pip install --no-cache-dir notebook==7.6.5
npm run my-work
# Draws the Emoji once, so that no learner waits for them.
npm run course -- --profile quick --data emoji --only 01 --max-steps 2 --timeout 900 --cell-timeout 600
rm -rf course-output
