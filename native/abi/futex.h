/* Sleeping and waking over the words of abi/wait.h, for what runs in a process: the words are futexes. */
#ifndef NETVM_ABI_FUTEX_H
#define NETVM_ABI_FUTEX_H

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "wait.h"

static inline void netvm_sleep(uint32_t *word, long timeout_ns)
{
	struct timespec timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000};
	syscall(SYS_futex, word, FUTEX_WAIT, 1, &timeout, NULL, 0);
}

/* Wakes the sleeper if there is one. The caller has published its work before (release). */
static inline int netvm_wake(uint32_t *word)
{
	if (!netvm_take_sleeper(word))
		return 0;
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
	return 1;
}

#endif
