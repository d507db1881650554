using System.Globalization;
using System.Text;

namespace Harness.Targets.SshNet;

/// <summary>Expands paths of an ssh_config: ~, %-tokens and ${VARIABLE}, by ssh_config(5).</summary>
/// <param name="host">The resolved name.</param>
/// <param name="alias">The name under which its key is recorded.</param>
/// <param name="given">The name on the command line.</param>
/// <param name="port">Of the host.</param>
/// <param name="user">There.</param>
internal sealed class PathTokens(string host, string? alias, string given, int port, string user)
{
    private static string Home => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    /// <returns>The path; null if it contains an unknown token.</returns>
    public string? Expand(string path)
    {
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal))
            path = Home + path[1..];
        else if (path.StartsWith('~'))
            return null;
        var expanded = new StringBuilder();
        for (int i = 0; i < path.Length; i++)
        {
            if (path[i] == '%')
            {
                if (++i >= path.Length || Token(path[i]) is not { } value)
                    return null;
                expanded.Append(value);
            }
            else if (path.AsSpan(i).StartsWith("${") && path.IndexOf('}', i) is > 0 and var end)
            {
                if (Environment.GetEnvironmentVariable(path[(i + 2)..end]) is not { } value)
                    return null;
                expanded.Append(value);
                i = end;
            }
            else
            {
                expanded.Append(path[i]);
            }
        }
        return expanded.ToString();
    }

    private string? Token(char token) =>
        token switch
        {
            '%' => "%",
            'd' => Home,
            'h' => host,
            'k' => alias ?? given,
            'l' => Environment.MachineName,
            'L' => Environment.MachineName.Split('.')[0],
            'n' => given,
            'p' => port.ToString(CultureInfo.InvariantCulture),
            'r' => user,
            'u' => Environment.UserName,
            _ => null,
        };
}
