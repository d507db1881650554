/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the parts of the module stage2_exporter. */
#ifndef EXPORTER_H
#define EXPORTER_H

#include <linux/types.h>

struct stage2_facts;

/*
 * Checks a physical range of a module parameter: whole units, and nothing that
 * the kernel has as RAM. 0, or -EINVAL with a line in the log.
 */
int check_free_range(const char *name, unsigned long start, unsigned long size, unsigned long unit);

/*
 * hotplug.c: a range that can be added to the kernel's memory. One open file
 * has it at a time, from its first use to its last.
 *
 * -ENXIO       no range was given at load
 * -EOPNOTSUPP  this kernel can't remove memory
 * -EBUSY       another open file has it
 */
int hotplug_init(void);
void hotplug_exit(void);
int hotplug_take(const void *owner, unsigned long bytes, unsigned long *pfn);
void hotplug_give_back(const void *owner);
struct address_space;
int hotplug_set(const void *owner, bool added, struct address_space *mappings);
void hotplug_facts(struct stage2_facts *facts);

/* dax.c: a device-dax device over a range. */
int dax_init(void);
void dax_exit(void);
void dax_facts(struct stage2_facts *facts);

#endif /* EXPORTER_H */
