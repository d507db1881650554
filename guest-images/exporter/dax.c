// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device-dax device over a range of memory that the kernel doesn't know, made
 * as firmware-described memory of special purpose is: a platform device "hmem".
 * dax_hmem makes a dax device of it, which device_dax drives once it is told:
 *
 *     echo dax2024.0 > /sys/bus/dax/drivers/device_dax/new_id
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/memregion.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/nodemask.h>
#include <linux/platform_device.h>
#include <linux/version.h>

#include "exporter.h"
#include "stage2_exporter.h"

static unsigned long dax_base;
module_param(dax_base, ulong, 0444);
MODULE_PARM_DESC(dax_base, "physical address of memory for a device-dax device, a multiple of a block");

static unsigned long dax_size;
module_param(dax_size, ulong, 0444);
MODULE_PARM_DESC(dax_size, "its size in bytes, whole blocks");

/* memregion_info has the range from 6.3 on; before, the device had it as its resource. */
#if IS_ENABLED(CONFIG_ZONE_DEVICE) && IS_ENABLED(CONFIG_DEV_DAX_HMEM) && LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
static struct platform_device *device;

int dax_init(void)
{
	struct memregion_info info = {
		.target_node = first_online_node,
		.range = { .start = dax_base, .end = dax_base + dax_size - 1 },
	};
	int ret;

	if (!dax_base && !dax_size)
		return 0;
	ret = check_free_range("dax", dax_base, dax_size, PMD_SIZE);
	if (ret)
		return ret;
	device = platform_device_register_data(NULL, "hmem", STAGE2_DAX_REGION, &info, sizeof(info));
	return PTR_ERR_OR_ZERO(device);
}

void dax_exit(void)
{
	if (dax_size)
		platform_device_unregister(device);
}

static bool has_dax(void)
{
	return dax_size;
}
#else
int dax_init(void)
{
	return 0;
}

void dax_exit(void)
{
}

static bool has_dax(void)
{
	return false;
}
#endif

void dax_facts(struct stage2_facts *facts)
{
	facts->dax_base = dax_base;
	facts->dax_size = dax_size;
	facts->has_dax = has_dax();
}
