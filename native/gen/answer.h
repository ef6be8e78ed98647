/* A trial's result as it goes over the control socket. */
#ifndef NETVM_GEN_ANSWER_H
#define NETVM_GEN_ANSWER_H

#include <cjson/cJSON.h>

#include "trial.h"

cJSON *answer_json(const struct trial_result *r);

#endif
