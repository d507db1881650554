// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that is added to the kernel's memory map and removed from it, as a
 * driver of a coherent memory device does, but never onlined: no allocator has
 * a page of it. pfn_is_map_memory() holds from add to remove, since arm64 keeps
 * memblock (CONFIG_ARCH_KEEP_MEMBLOCK) and add_memory_resource() adds to it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/page-flags.h>

#include "exporter.h"
#include "stage2_exporter.h"

static unsigned long hotplug_base;
module_param(hotplug_base, ulong, 0444);
MODULE_PARM_DESC(hotplug_base, "physical address of memory that is hot-added and removed, a multiple of a memory block");

static unsigned long hotplug_size;
module_param(hotplug_size, ulong, 0444);
MODULE_PARM_DESC(hotplug_size, "its size in bytes, whole memory blocks (/sys/devices/system/memory/block_size_bytes)");

#if IS_ENABLED(CONFIG_MEMORY_HOTPLUG) && IS_ENABLED(CONFIG_MEMORY_HOTREMOVE)
static DEFINE_MUTEX(hotplug_lock);	/* guards the two below, and that memory is added or removed once */
static const void *hotplug_owner;
static bool hotplug_added;

/* Whatever the default of the host is (memhp_default_state=): it stays offline. */
static int refuse_online(struct notifier_block *self, unsigned long action, void *argument)
{
	const struct memory_notify *memory = argument;
	unsigned long first = PHYS_PFN(hotplug_base);

	if (action != MEM_GOING_ONLINE || memory->start_pfn + memory->nr_pages <= first ||
	    memory->start_pfn >= first + PHYS_PFN(hotplug_size))
		return NOTIFY_DONE;
	return notifier_from_errno(-EPERM);
}

static struct notifier_block refuse_online_block = { .notifier_call = refuse_online };

/*
 * Memory that is not online has struct pages with anything in them. Here they
 * are as onlining begins with them (memmap_init_range(), MEMINIT_HOTPLUG):
 * reserved, with a count of one. KVM up to 6.12 looks at both.
 */
static void init_pages(void)
{
	unsigned long pfn = PHYS_PFN(hotplug_base), end = pfn + PHYS_PFN(hotplug_size);

	for (; pfn < end; pfn++) {
		struct page *page = pfn_to_page(pfn);

		memset(page, 0, sizeof(*page));
		init_page_count(page);
		atomic_set(&page->_mapcount, -1);
		__SetPageReserved(page);
	}
}

/* With hotplug_lock held. */
static int add(void)
{
	int ret = add_memory_driver_managed(first_online_node, hotplug_base, hotplug_size,
					    "System RAM (" KBUILD_MODNAME ")", MHP_NONE);

	if (ret)
		return ret;
	init_pages();
	hotplug_added = true;
	return 0;
}

/* With hotplug_lock held. */
static int drop(void)
{
	int ret = remove_memory(hotplug_base, hotplug_size);

	if (!ret)
		hotplug_added = false;
	return ret;
}

/* With hotplug_lock held. */
static int own(const void *owner)
{
	if (!hotplug_size)
		return -ENXIO;
	if (hotplug_owner && hotplug_owner != owner)
		return -EBUSY;
	hotplug_owner = owner;
	return 0;
}

int hotplug_take(const void *owner, unsigned long bytes, unsigned long *pfn)
{
	int ret;

	mutex_lock(&hotplug_lock);
	ret = own(owner);
	mutex_unlock(&hotplug_lock);
	if (ret)
		return ret;
	if (bytes > hotplug_size)
		return -ENOMEM;
	*pfn = PHYS_PFN(hotplug_base);
	return 0;
}

int hotplug_set(const void *owner, bool added, struct address_space *mappings)
{
	int ret;

	mutex_lock(&hotplug_lock);
	ret = own(owner);
	if (!ret && added != hotplug_added) {
		/*
		 * Whoever maps the memory unmaps it before it goes: the MMU
		 * notifiers tell KVM, which cleans it through the linear map.
		 */
		if (!added)
			unmap_mapping_range(mappings, hotplug_base, hotplug_size, 1);
		ret = added ? add() : drop();
	}
	mutex_unlock(&hotplug_lock);
	return ret;
}

/* At the last close of the owner: no mapping of it is left. */
void hotplug_give_back(const void *owner)
{
	mutex_lock(&hotplug_lock);
	if (hotplug_owner == owner) {
		if (hotplug_added && drop())
			pr_err("the memory at %#lx can't be removed\n", hotplug_base);
		hotplug_owner = NULL;
	}
	mutex_unlock(&hotplug_lock);
}

int hotplug_init(void)
{
	int ret;

	if (!hotplug_base && !hotplug_size)
		return 0;
	ret = check_free_range("hotplug", hotplug_base, hotplug_size, memory_block_size_bytes());
	return ret ? ret : register_memory_notifier(&refuse_online_block);
}

void hotplug_exit(void)
{
	if (hotplug_size)
		unregister_memory_notifier(&refuse_online_block);
}

static bool can_hotplug(void)
{
	return hotplug_size;
}
#else
int hotplug_take(const void *owner, unsigned long bytes, unsigned long *pfn)
{
	return hotplug_size ? -EOPNOTSUPP : -ENXIO;
}

int hotplug_set(const void *owner, bool added, struct address_space *mappings)
{
	return hotplug_size ? -EOPNOTSUPP : -ENXIO;
}

void hotplug_give_back(const void *owner)
{
}

int hotplug_init(void)
{
	return 0;
}

void hotplug_exit(void)
{
}

static bool can_hotplug(void)
{
	return false;
}
#endif

void hotplug_facts(struct stage2_facts *facts)
{
	facts->hotplug_base = hotplug_base;
	facts->hotplug_size = hotplug_size;
	facts->can_hotplug = can_hotplug();
}
