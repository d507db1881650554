//include linux/vfio.h sys/ioctl.h
/* The device's descriptor, from a group without a container. */
static int vfio_device(int container, int group, const char *device)
{
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0)
		return -1;
	if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0)
		return -1;
	return ioctl(group, VFIO_GROUP_GET_DEVICE_FD, device);
}
