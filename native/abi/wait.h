/* The protocol of a sleeper and who wakes it, over a word in shared memory; and the clock. How one sleeps depends on where it runs: abi/futex.h, nflib/host.h. */
#ifndef NETVM_ABI_WAIT_H
#define NETVM_ABI_WAIT_H

#include <stdint.h>

/* A loop that was away longer than this was taken off its core. */
#define NETVM_GAP_US 10u

/* Work is no gap: a packet takes a loop at most this long, copies aside, even where its memory is far away. */
#define NETVM_WORK_PACKETS_PER_US 10u

/* A wake-up and a context switch take 4 to 8 us in a virtual machine (bench-steps); longer than this they were disturbed. */
#define NETVM_HANDOVER_US 30u

/* How many ticks may pass between two looks at the clock with so many packets handled in between. */
static inline uint64_t netvm_gap_ticks(uint64_t ticks_per_us, uint32_t packets)
{
	return ticks_per_us * (NETVM_GAP_US * NETVM_WORK_PACKETS_PER_US + packets) / NETVM_WORK_PACKETS_PER_US;
}

/* What this clock is behind the host's: nothing, but in a guest, which is built with a variable of its own for it. */
#ifndef NETVM_TSC_AHEAD
#define NETVM_TSC_AHEAD 0
#else
extern uint64_t NETVM_TSC_AHEAD;
#endif

static inline uint64_t netvm_tsc(void)
{
	return __builtin_ia32_rdtsc() + NETVM_TSC_AHEAD;
}

static inline void netvm_pause(void)
{
	__builtin_ia32_pause();
}

/*
 * The sleeper's side: announce, fence, look once more, sleep. Without the fence the announcement may still be in the
 * store buffer while the ring is read, and the wake-up is lost.
 */
static inline void netvm_announce_sleep(uint32_t *word)
{
	__atomic_store_n(word, 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* The other side, which has published its work before (release): whether somebody sleeps, whom the caller now has to wake. */
static inline int netvm_take_sleeper(uint32_t *word)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(word, __ATOMIC_RELAXED) == 0)
		return 0;
	__atomic_store_n(word, 0, __ATOMIC_RELAXED);
	return 1;
}

#endif
