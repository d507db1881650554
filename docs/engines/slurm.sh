#!/bin/bash
# A night in four shards as an array job, at most two at once:
#   job=$(sbatch --parsable slurm.sh) && sbatch --dependency=afterany:$job --export=ALL,NIGHT=$job slurm-merge.sh
# Without --cpus-per-task a shard has one processor, and harness boots as many hosts at once as it sees processors.
#SBATCH --job-name=stage2
#SBATCH --array=1-4%2
#SBATCH --cpus-per-task=1
#SBATCH --output=stage2-%A_%a.log
set -u
harness=${HARNESS:-harness}
mkdir -p "nights/$SLURM_ARRAY_JOB_ID"
exec "$harness" run --suite nightly --jobs "$SLURM_CPUS_PER_TASK" \
  --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --night "$SLURM_ARRAY_JOB_ID" \
  --db "nights/$SLURM_ARRAY_JOB_ID/$SLURM_ARRAY_TASK_ID.db"
