#ifndef NETVM_ADDON_TSC_H
#define NETVM_ADDON_TSC_H

#include <cstdint>

static inline uint64_t read_tsc()
{
	return __builtin_ia32_rdtsc();
}

// Takes 20 ms.
double measure_tsc_hz();

#endif
