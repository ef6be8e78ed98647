/* After a trial: what all senders and receivers counted, as one result and in the telemetry. */
#ifndef NETVM_GEN_ACCOUNT_H
#define NETVM_GEN_ACCOUNT_H

#include "trial.h"

/* All workers have ended. */
void account_close(struct generator *g, const struct trial_request *request, struct trial_result *result);

#endif
