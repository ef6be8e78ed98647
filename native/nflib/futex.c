/* An NF in a process: it sleeps on a futex. */
#include <sched.h>

#include "../abi/futex.h"
#include "host.h"

void netvm_nf_wake(uint32_t *word)
{
	netvm_wake(word);
}

void netvm_nf_sleep(uint32_t *word, long limit_ns)
{
	if (limit_ns > 0)
		netvm_sleep(word, limit_ns);
}

void netvm_nf_yield(void)
{
	sched_yield();
}
