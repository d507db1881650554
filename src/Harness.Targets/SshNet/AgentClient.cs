using System.Buffers.Binary;
using System.Net.Sockets;
using Renci.SshNet;
using Renci.SshNet.Security;

namespace Harness.Targets.SshNet;

/// <summary>A key that an agent holds.</summary>
internal sealed record AgentIdentity(PublicKey Key, string Comment);

/// <summary>Requests keys and signatures from a running ssh agent (draft-miller-ssh-agent).</summary>
/// <param name="socket">Its UNIX socket.</param>
internal sealed class AgentClient(string socket)
{
    private const byte RequestIdentities = 11;
    private const byte IdentitiesAnswer = 12;
    private const byte SignRequest = 13;
    private const byte SignResponse = 14;

    /// <summary>OpenSSH's own limit.</summary>
    private const int LongestMessage = 256 << 10;

    /// <summary>The user may have to touch a hardware key.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(60);

    public string Socket => socket;

    /// <exception cref="IOException">It does not respond, or the response is invalid.</exception>
    public IReadOnlyList<AgentIdentity> Identities()
    {
        var reader = new SshReader(Exchange([RequestIdentities], IdentitiesAnswer));
        if (!reader.TryNumber(out uint count))
            throw new IOException("it sent half an answer");
        var found = new List<AgentIdentity>();
        for (; count > 0; count--)
        {
            if (
                !reader.TryBytes(out var blob)
                || !reader.TryText(out var comment)
                || !new SshReader(blob).TryText(out var type)
            )
                throw new IOException("it sent half an answer");
            found.Add(new AgentIdentity(new PublicKey(type, blob.ToArray()), comment));
        }
        return found;
    }

    /// <returns>The signature in ssh's format.</returns>
    /// <exception cref="IOException">It refuses, or does not respond.</exception>
    public byte[] Sign(PublicKey key, byte[] data, uint flags)
    {
        var request = new byte[1 + 4 + key.Blob.Length + 4 + data.Length + 4];
        request[0] = SignRequest;
        int at = Put(request, 1, key.Blob);
        at = Put(request, at, data);
        BinaryPrimitives.WriteUInt32BigEndian(request.AsSpan(at), flags);
        return new SshReader(Exchange(request, SignResponse)).TryBytes(out var signature)
            ? signature.ToArray()
            : throw new IOException("it sent half an answer");
    }

    private static int Put(byte[] to, int at, byte[] bytes)
    {
        BinaryPrimitives.WriteUInt32BigEndian(to.AsSpan(at), (uint)bytes.Length);
        bytes.CopyTo(to, at + 4);
        return at + 4 + bytes.Length;
    }

    private byte[] Exchange(byte[] request, byte expected)
    {
        using var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        connection.ReceiveTimeout = connection.SendTimeout = (int)AnswerTime.TotalMilliseconds;
        try
        {
            connection.Connect(new UnixDomainSocketEndPoint(socket));
            var message = new byte[4 + request.Length];
            Put(message, 0, request);
            for (int sent = 0; sent < message.Length; )
                sent += connection.Send(message, sent, message.Length - sent, SocketFlags.None);
            var length = new byte[4];
            Receive(connection, length);
            uint size = BinaryPrimitives.ReadUInt32BigEndian(length);
            if (size is 0 or > LongestMessage)
                throw new IOException("it sent no answer of an agent");
            var answer = new byte[size];
            Receive(connection, answer);
            return answer[0] == expected ? answer[1..] : throw new IOException("it refused");
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new IOException(e.Message, e);
        }
    }

    private static void Receive(Socket from, byte[] to)
    {
        for (int at = 0; at < to.Length; )
        {
            int read = from.Receive(to, at, to.Length - at, SocketFlags.None);
            if (read == 0)
                throw new IOException("it closed the connection");
            at += read;
        }
    }
}

/// <summary>
/// A key in an agent, or a certificate: any kind that the agent can sign with, including hardware keys.
/// </summary>
internal sealed class AgentKey(AgentClient agent, PublicKey key, Action<string> note) : IPrivateKeySource
{
    private const uint Sha256 = 2;
    private const uint Sha512 = 4;

    public IReadOnlyCollection<HostAlgorithm> HostKeyAlgorithms =>
        key.Type switch
        {
            "ssh-rsa" => [Algorithm("rsa-sha2-512", Sha512), Algorithm("rsa-sha2-256", Sha256)],
            "ssh-rsa-cert-v01@openssh.com" =>
            [
                Algorithm("rsa-sha2-512-cert-v01@openssh.com", Sha512),
                Algorithm("rsa-sha2-256-cert-v01@openssh.com", Sha256),
            ],
            _ => [Algorithm(key.Type, 0)],
        };

    private AgentAlgorithm Algorithm(string name, uint flags) => new(name, agent, key, flags, note);

    private sealed class AgentAlgorithm(string name, AgentClient agent, PublicKey key, uint flags, Action<string> note)
        : HostAlgorithm(name)
    {
        public override byte[] Data => key.Blob;

        public override byte[] Sign(byte[] data)
        {
            try
            {
                return agent.Sign(key, data, flags);
            }
            catch (IOException e)
            {
                // A signature that no host accepts, so that the next key is tried.
                note($"the agent did not sign with {key}: {e.Message}");
                return new byte[8];
            }
        }

        public override bool VerifySignature(byte[] data, byte[] signature) => throw new NotSupportedException();
    }
}
