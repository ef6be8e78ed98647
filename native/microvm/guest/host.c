/*
 * Sleeping and waking without a kernel. Leaving the guest costs more than anything else here, so wakes wait for the next sleep and go with
 * it: one exit a round, however many are woken.
 */
#include "../../abi/wait.h"
#include "../../nflib/host.h"
#include "../../nflib/loop.h"
#include "guest.h"

static uint64_t in_region(const uint32_t *word)
{
	return (uint64_t)word - MICROVM_REGION_AT;
}

void netvm_nf_wake(uint32_t *word)
{
	struct microvm_call *c = &BOOT->call;
	if (!netvm_take_sleeper(word))
		return;
	c->wake[c->wakes++ % MICROVM_WAKES] = in_region(word);
	/* On cores of their own, those woken need not wait until we have nothing to do. */
	if (BOOT->mode != NETVM_MODE_SHARED || c->wakes == MICROVM_WAKES)
		guest_call2(MICROVM_SLEEP, 0, 0);
}

void netvm_nf_sleep(uint32_t *word, long limit_ns)
{
	if (limit_ns > 0 || BOOT->call.wakes > 0)
		guest_call2(MICROVM_SLEEP, in_region(word), (uint64_t)limit_ns);
}

void netvm_nf_yield(void)
{
	guest_call(MICROVM_YIELD);
}
