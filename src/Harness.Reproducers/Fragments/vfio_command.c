//include linux/pci_regs.h linux/vfio.h stdint.h sys/ioctl.h unistd.h
/* Enables or disables the device's memory in its command register. */
static int vfio_command(int device, int memory)
{
	struct vfio_region_info config = { .argsz = sizeof(config), .index = VFIO_PCI_CONFIG_REGION_INDEX };
	uint16_t command;

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config))
		return -1;
	if (pread(device, &command, sizeof(command), config.offset + PCI_COMMAND) != sizeof(command))
		return -1;
	command = memory ? command | PCI_COMMAND_MEMORY : command & ~PCI_COMMAND_MEMORY;
	return pwrite(device, &command, sizeof(command), config.offset + PCI_COMMAND) == sizeof(command) ? 0 : -1;
}
