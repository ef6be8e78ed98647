// The shared-memory contract of the data path's programs, which is C, seen from C++.
#ifndef NETVM_ADDON_ABI_H
#define NETVM_ADDON_ABI_H

#ifndef _Static_assert
#define _Static_assert static_assert
#endif
#include "../../abi/telemetry.h"

#endif
