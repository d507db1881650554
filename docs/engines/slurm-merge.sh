#!/bin/bash
# After all shards of the array job $NIGHT have ended: one run of them. Exits with 3 if a shard is missing.
#SBATCH --job-name=stage2-merge
#SBATCH --output=stage2-merge-%j.log
set -u
harness=${HARNESS:-harness}
"$harness" db merge "nights/$NIGHT"/*.db --into nightly.db
merged=$?
"$harness" report --db nightly.db
exit $merged
