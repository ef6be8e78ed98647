/* What an NF in a guest has instead of futexes: bells, and a line that it is woken by. */
#ifndef NETVM_GUEST_HOST_H
#define NETVM_GUEST_HOST_H

#include "../abi/region.h"

/* Without a doorbell an NF wakes nobody, and sleeps for a short time only. Returns NULL, or what is wrong. */
const char *host_open(void *region);

/* A word on the control line. */
void host_say(const char *word);

#endif
