using System.Text;

namespace Harness.Probe.Native;

/// <summary>Folders of /proc and /sys.</summary>
internal static unsafe class Folders
{
    /// <summary>The entries of a folder; null if it can't be read.</summary>
    public static List<string>? Names(string path)
    {
        void* folder;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
            folder = Posix.opendir(name);
        if (folder == null)
            return null;
        var names = new List<string>();
        while (Posix.readdir(folder) is var entry && entry != null)
        {
            string name = new((sbyte*)&entry->Name);
            if (name is not ("." or ".."))
                names.Add(name);
        }
        Posix.closedir(folder);
        return names;
    }

    /// <summary>The last component of a link's target, or null if there is none.</summary>
    public static string? Link(string link)
    {
        var target = stackalloc byte[4096];
        int length;
        fixed (byte* path = Encoding.UTF8.GetBytes(link + "\0"))
            length = (int)Posix.readlink(path, target, 4096);
        if (length <= 0)
            return null;
        string whole = new((sbyte*)target, 0, length);
        return whole.Substring(whole.LastIndexOf('/') + 1);
    }
}
