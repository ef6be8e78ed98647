/* How much of a region's file is the region: whoever maps it maps so much. */
#ifndef NETVM_NFLIB_EXTENT_H
#define NETVM_NFLIB_EXTENT_H

#include <stdint.h>

/*
 * Behind the region the file has a hole, which must stay one: populated, it would take as much memory again, and on huge pages there is none for it. As the header says;
 * one that makes no sense is netvm_join's to refuse, and all of the file is returned. 0: with errno.
 */
uint64_t netvm_region_extent(int fd);

#endif
