/* What a guest's initramfs gets besides the image: a second archive behind the first. */
#ifndef NETVM_VM_ARCHIVE_H
#define NETVM_VM_ARCHIVE_H

#include "options.h"

/*
 * The image of `o`, and behind it what init is to run (`argv`, NULL-terminated), the NF where it is a file, and the files that the NF's options name, each at its path
 * on this host. Returns a file in memory, or -1 with a sentence on stderr.
 */
int vm_archive_make(const struct vm_options *o, char *const *argv);

#endif
