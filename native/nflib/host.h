/*
 * What the loop asks of where it runs. Each program is linked with one of: nflib/futex.c (a process), microvm/guest/host.c (a guest without
 * a kernel), guest/host.c (a guest with one).
 */
#ifndef NETVM_NFLIB_HOST_H
#define NETVM_NFLIB_HOST_H

#include <stdint.h>

/* Wakes whoever sleeps on the word, if somebody does. May be put off until the next netvm_nf_sleep. */
void netvm_nf_wake(uint32_t *word);

/* Carries out what was put off, then sleeps until it is woken, or `limit_ns` at most; 0: not at all. Wakes up early where it likes to. */
void netvm_nf_sleep(uint32_t *word, long limit_ns);

/* Lets others run on this core: a ring is full, and whoever empties it may be one of them. Carries out what was put off. */
void netvm_nf_yield(void);

#endif
