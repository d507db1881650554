//include errno.h stdio.h string.h sys/wait.h unistd.h
//needs write_file
#define PCI_BUS "/sys/bus/pci/"

/* 1: the device's driver was changed, and has to be restored. */
static int vfio_bound;

/* The process that has the driver release the device; 0: there is none. */
static int vfio_releaser;

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

/* Binds the device to a driver of VFIO, unless it has it; for vfio-pci also if a variant of it has. */
static int vfio_bind(const char *device, const char *wanted)
{
	char path[128], driver[64];

	pci_driver(device, driver, sizeof(driver));
	if (!strcmp(driver, wanted) || (!strcmp(wanted, "vfio-pci") && strstr(driver, "vfio")))
		return 0;
	snprintf(path, sizeof(path), PCI_BUS "devices/%s/driver_override", device);
	if (write_file(path, wanted))
		return -1;
	vfio_bound = 1;
	snprintf(path, sizeof(path), PCI_BUS "devices/%s/driver/unbind", device);
	if (*driver && write_file(path, device))
		return -1;
	if (write_file(PCI_BUS "drivers_probe", device))
		return -1;
	pci_driver(device, driver, sizeof(driver));
	if (!strcmp(driver, wanted))
		return 0;
	errno = ENODEV;
	return -1;
}

/* Restores the device's former driver. */
static void vfio_unbind(const char *device)
{
	char path[128];

	/* It ends now that the device is closed; later it would take the device from its next user. */
	if (vfio_releaser > 0)
		waitpid(vfio_releaser, NULL, 0);
	if (!vfio_bound)
		return;
	snprintf(path, sizeof(path), PCI_BUS "devices/%s/driver/unbind", device);
	write_file(path, device);
	snprintf(path, sizeof(path), PCI_BUS "devices/%s/driver_override", device);
	write_file(path, "\n");
	write_file(PCI_BUS "drivers_probe", device);
}
