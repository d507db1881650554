using Harness.Model.Dimensions;

namespace Harness.Model.Nesting;

/// <summary>What a stage-2 descriptor of the guest hypervisor permits: S2AP, and XN as 0b00 or 0b10.</summary>
public enum NestedPermission : byte
{
    /// <summary>The descriptor is invalid.</summary>
    Invalid,

    /// <summary>It is valid, and permits nothing.</summary>
    Nothing,

    Read,
    Write,
    Execute,
    ReadWrite,
    ReadExecute,
    All,
}

/// <summary>The memory type in a descriptor of the guest hypervisor.</summary>
public enum NestedType : byte
{
    WriteBack,
    NonCacheable,
    DeviceNGnRE,
}

/// <summary>A leaf of the guest hypervisor's own stage 2.</summary>
/// <param name="Permission">What it permits.</param>
/// <param name="Block">It is a block of level 2, not a page.</param>
/// <param name="Type">MemAttr.</param>
/// <param name="Unused">The access flag is 0, and VTCR_EL2.HA is, too.</param>
public readonly record struct NestedMapping(
    NestedPermission Permission,
    bool Block = false,
    NestedType Type = NestedType.WriteBack,
    bool Unused = false
)
{
    private const string BlockWord = "block";
    private const string UnusedWord = "unused";

    public static Words<NestedPermission> Permissions { get; } =
        new()
        {
            { NestedPermission.Invalid, "invalid", "nothing" },
            { NestedPermission.Nothing, "no", "a leaf that permits nothing" },
            { NestedPermission.Read, "r", "a leaf that permits reads" },
            { NestedPermission.Write, "w", "a leaf that permits writes" },
            { NestedPermission.Execute, "x", "a leaf that permits fetches" },
            { NestedPermission.ReadWrite, "rw", "a leaf that permits reads and writes" },
            { NestedPermission.ReadExecute, "rx", "a leaf that permits reads and fetches" },
            { NestedPermission.All, "rwx", "a leaf that permits everything" },
        };

    public static Words<NestedType> Types { get; } =
        new()
        {
            { NestedType.WriteBack, "", "" },
            { NestedType.NonCacheable, "nc", "Normal-NC" },
            { NestedType.DeviceNGnRE, "device", "Device-nGnRE" },
        };

    /// <summary>The level of the descriptor.</summary>
    public byte Level => Block ? (byte)2 : (byte)3;

    public bool IsValid => Permission != NestedPermission.Invalid;

    public bool Reads =>
        Permission
            is NestedPermission.Read
                or NestedPermission.ReadWrite
                or NestedPermission.ReadExecute
                or NestedPermission.All;

    public bool Writes => Permission is NestedPermission.Write or NestedPermission.ReadWrite or NestedPermission.All;

    public bool Executes =>
        Permission is NestedPermission.Execute or NestedPermission.ReadExecute or NestedPermission.All;

    /// <summary>Whether it permits an access.</summary>
    public bool Permits(Access access) =>
        access switch
        {
            Access.Read => Reads,
            Access.Write => Writes,
            _ => Executes,
        };

    /// <summary>"rwx.block.nc".</summary>
    public string Name =>
        string.Join(
            '.',
            new[]
            {
                Permissions.Of(Permission),
                Block ? BlockWord : "",
                Types.Of(Type),
                Unused ? UnusedWord : "",
            }.Where(w => w.Length > 0)
        );

    /// <summary>The mapping of a name; null if it is none.</summary>
    public static NestedMapping? Find(string name)
    {
        var words = name.Split('.');
        if (Permissions.Find(words[0]) is not { } permission)
            return null;
        var found = new NestedMapping(permission);
        foreach (string word in words[1..])
            found = word switch
            {
                BlockWord => found with { Block = true },
                UnusedWord => found with { Unused = true },
                _ when word.Length > 0 && Types.Find(word) is { } type => found with { Type = type },
                _ => default,
            };
        return found.Name == name ? found : null;
    }

    /// <summary>"a leaf that permits reads, of a block, Normal-NC".</summary>
    public override string ToString() =>
        Permissions.PhraseOf(Permission)
        + (Block ? ", of a block" : "")
        + (Type == NestedType.WriteBack ? "" : $", {Types.PhraseOf(Type)}")
        + (Unused ? ", without the access flag" : "");
}
