#!/usr/bin/env bash
# The study's own claim (49 → 53 accuracy, 46 → 51 macro F1): its protocol on the faces at hand, with twins on one side of
# the split and with twins wherever they fall.
#   bench/refinement/study-claim.sh PATH           a small budget, said below: reckoned at three quarters of an hour on two quiet cores, not run yet
#   ./build.sh bench baseline PATH                 the classifier on real faces alone, minutes: what the study's 49 and 46 were
#   bench/refinement/study-claim.sh PATH whole     as the study was: days
# The small budget's GANs are far from trained: one round of 100 generator steps for each class, in which the critic sees each
# face nine times (the study: 1000), after a warm-up of one epoch (10). It says how the protocol answers, not what the study's GANs can
# do. The CNN overfits after about five of its 25 epochs and the weights of the best are kept, so ten epochs give the same weights.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
faces="${1:?the faces: bench/refinement/study-claim.sh PATH [whole]}" budget="${2:-small}"
case "$budget" in
  small) less=(classifier.steps=660 gan.steps-per-round=100 gan.warm-up-steps=53 loop.rounds=1 loop.robustness=false filter.max-draws-per-kept=5) ;;
  whole) less=() ;;
  *) echo "study-claim.sh: '$budget' is no budget: expected nothing or whole." >&2; exit 64 ;;
esac
for twins in together as-they-come; do
  ./fer run fer2013-study --data "$faces" --run-id "study-claim-$budget-$twins" --set "data.twins=$twins" "${less[@]/#/--set=}"
done
