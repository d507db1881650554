//include errno.h stdio.h string.h unistd.h
//needs write_file
#define PCI_BUS "/sys/bus/pci/"

/* 1: the device's driver was changed, and has to be restored. */
static int vfio_bound;

/* The name of the device's driver, or "". */
static void pci_driver(const char *device, char *name, size_t size)
{
	char path[128], target[256];
	ssize_t length;

	snprintf(path, sizeof(path), PCI_BUS "devices/%s/driver", device);
	length = readlink(path, target, sizeof(target) - 1);
	target[length < 0 ? 0 : length] = 0;
	snprintf(name, size, "%s", strrchr(target, '/') ? strrchr(target, '/') + 1 : "");
}

/* Binds the device to vfio-pci, unless a VFIO driver already has it. */
static int vfio_bind(const char *device)
{
	char path[128], driver[64];

	pci_driver(device, driver, sizeof(driver));
	if (strstr(driver, "vfio"))
		return 0;
	snprintf(path, sizeof(path), PCI_BUS "devices/%s/driver_override", device);
	if (write_file(path, "vfio-pci"))
		return -1;
	vfio_bound = 1;
	snprintf(path, sizeof(path), PCI_BUS "devices/%s/driver/unbind", device);
	if (*driver && write_file(path, device))
		return -1;
	if (write_file(PCI_BUS "drivers_probe", device))
		return -1;
	pci_driver(device, driver, sizeof(driver));
	if (!strcmp(driver, "vfio-pci"))
		return 0;
	errno = ENODEV;
	return -1;
}

/* Restores the device's former driver. */
static void vfio_unbind(const char *device)
{
	char path[128];

	if (!vfio_bound)
		return;
	write_file(PCI_BUS "drivers/vfio-pci/unbind", device);
	snprintf(path, sizeof(path), PCI_BUS "devices/%s/driver_override", device);
	write_file(path, "\n");
	write_file(PCI_BUS "drivers_probe", device);
}
