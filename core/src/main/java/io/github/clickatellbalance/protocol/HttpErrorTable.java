package io.github.clickatellbalance.protocol;

import static io.github.clickatellbalance.protocol.ErrorTable.passing;
import static io.github.clickatellbalance.protocol.ErrorTable.permanent;
import static java.util.Map.entry;

import java.util.Map;

/**
 * The HTTP/S API's errors by number: what each means, and what a person should do. The union of the vendor's tables in its
 * specifications 2.2.7 (2006) and 2.3.8 (2009), its README of 2013 and its present archive pages. The texts of real
 * replies differ from all of them, so nothing is ever decided by text.
 */
final class HttpErrorTable {
    private static final String CHECK_SECRETS = "Check user, password and API ID; this is not retried.";
    private static final String SESSION = "A session is renewed without anybody's help: if this stays, ask the vendor.";
    static final String NOT_FOR_BALANCE =
            "No question for a balance should meet this: check the base URL, then ask the vendor.";

    static final ErrorTable ERRORS = new ErrorTable(Map.ofEntries(
            entry(1, permanent("Authentication failed", CHECK_SECRETS)),
            entry(2, permanent("Unknown username or password", CHECK_SECRETS)),
            entry(3, permanent("Session ID expired", SESSION)),
            entry(4, permanent("Account frozen", "Only the vendor can thaw it: contact its support.")),
            entry(5, permanent("Missing session ID", SESSION)),
            entry(
                    7,
                    permanent(
                            "IP lockdown violation",
                            "Add this machine's public IP address to those that the account allows.")),
            entry(100, permanent("Data malformed", NOT_FOR_BALANCE)),
            entry(
                    101,
                    permanent(
                            "Invalid or missing parameters",
                            "Check that user, password and API ID are what the account's API page shows.")),
            entry(102, permanent("Invalid user data header", NOT_FOR_BALANCE)),
            entry(103, permanent("Unknown API message ID", NOT_FOR_BALANCE)),
            entry(104, permanent("Unknown client message ID", NOT_FOR_BALANCE)),
            entry(105, permanent("Invalid destination address", NOT_FOR_BALANCE)),
            entry(106, permanent("Invalid source address", NOT_FOR_BALANCE)),
            entry(107, permanent("Empty message", NOT_FOR_BALANCE)),
            entry(
                    108,
                    permanent(
                            "Invalid or missing API ID",
                            "The API ID is mistyped, or belongs to another account generation: an account of the "
                                    + "newer portal needs BalanceApi.platform or BalanceApi.oneApi with an API key.")),
            entry(109, permanent("Missing message ID", NOT_FOR_BALANCE)),
            entry(110, permanent("Error with email message", NOT_FOR_BALANCE)),
            entry(111, permanent("Invalid protocol", NOT_FOR_BALANCE)),
            entry(112, permanent("Invalid message type", NOT_FOR_BALANCE)),
            entry(113, permanent("Maximum message parts exceeded", NOT_FOR_BALANCE)),
            entry(114, permanent("Cannot route message", NOT_FOR_BALANCE)),
            entry(115, permanent("Message expired", NOT_FOR_BALANCE)),
            entry(116, permanent("Invalid Unicode data", NOT_FOR_BALANCE)),
            entry(120, permanent("Invalid delivery time", NOT_FOR_BALANCE)),
            entry(121, permanent("Destination mobile number blocked", NOT_FOR_BALANCE)),
            entry(122, permanent("Destination mobile opted out", NOT_FOR_BALANCE)),
            entry(123, permanent("Invalid sender ID", NOT_FOR_BALANCE)),
            entry(128, permanent("Number delisted", NOT_FOR_BALANCE)),
            entry(
                    130,
                    permanent(
                            "Maximum MT limit exceeded",
                            "The account's quota of messages is used up: see its limits.")),
            entry(201, permanent("Invalid batch ID", NOT_FOR_BALANCE)),
            entry(202, permanent("No batch template", NOT_FOR_BALANCE)),
            entry(301, permanent("No credit left", "Buy credit: messages are not being sent.")),
            entry(302, permanent("Max allowed credit", NOT_FOR_BALANCE)),
            entry(901, passing("Internal error", "The vendor asks to try again later."))));

    private HttpErrorTable() {}
}
