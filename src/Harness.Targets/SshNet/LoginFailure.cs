using System.Net.Sockets;
using Harness.Targets.Ssh;
using Renci.SshNet.Common;
using Renci.SshNet.Messages.Transport;

namespace Harness.Targets.SshNet;

/// <summary>Determines by the kind of exception why a login failed.</summary>
internal static class LoginFailure
{
    /// <param name="e">The library's exception.</param>
    /// <param name="keyTrusted">Whether the host's key had been accepted before.</param>
    public static TargetFailure Classify(Exception e, bool keyTrusted) =>
        e switch
        {
            SshAuthenticationException => TargetFailure.Authentication,
            SshOperationTimeoutException => TargetFailure.Timeout,
            SocketException socket => Classify(socket.SocketErrorCode),
            SshConnectionException { InnerException: SocketException socket } => Classify(socket.SocketErrorCode),
            SshConnectionException connection => Classify(connection.DisconnectReason, keyTrusted),
            _ => TargetFailure.Unknown,
        };

    /// <summary>One line: what, where, what to do.</summary>
    public static string Advice(TargetFailure failure, ResolvedHost host, Exception e, IReadOnlyList<string> notes) =>
        failure switch
        {
            TargetFailure.Authentication =>
                $"{host.Where} accepts none of the offered keys for {host.User}: {Offer(notes)}load your "
                    + $"key into the agent or add it on the host; to try: {host.ByHand} true",
            TargetFailure.Negotiation =>
                $"the harness and sshd at {host.Where} have no algorithm in common: {Plain.Text(e.Message)}",
            TargetFailure.Unknown => $"ssh to {host.Where} failed: {Plain.Text(e.Message)}",
            _ => SshMessage.Advice(failure, host.Where, new SshOptions(host.Destination), ""),
        };

    private static string Offer(IReadOnlyList<string> notes) => notes.Count == 0 ? "" : $"{string.Join("; ", notes)}; ";

    private static TargetFailure Classify(SocketError error) =>
        error switch
        {
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery =>
                TargetFailure.NameNotFound,
            SocketError.ConnectionRefused => TargetFailure.Refused,
            SocketError.HostUnreachable
            or SocketError.NetworkUnreachable
            or SocketError.HostDown
            or SocketError.NetworkDown => TargetFailure.Unreachable,
            SocketError.TimedOut => TargetFailure.Timeout,
            SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown =>
                TargetFailure.ClosedEarly,
            _ => TargetFailure.Unknown,
        };

    private static TargetFailure Classify(DisconnectReason reason, bool keyTrusted) =>
        reason switch
        {
            DisconnectReason.KeyExchangeFailed
            or DisconnectReason.ProtocolVersionNotSupported
            or DisconnectReason.MacError => TargetFailure.Negotiation,
            DisconnectReason.None
            or DisconnectReason.ConnectionLost
            or DisconnectReason.TooManyConnections
            or DisconnectReason.ByApplication => TargetFailure.ClosedEarly,
            DisconnectReason.ProtocolError when !keyTrusted => TargetFailure.Unknown,
            // A host that has proved its identity and then disconnects has had too many keys offered.
            _ when keyTrusted => TargetFailure.Authentication,
            _ => TargetFailure.ClosedEarly,
        };
}
