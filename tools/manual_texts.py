"""What the manual pages say besides the help of the commands.

Paragraphs are separated by empty lines; lines of the form ``term :: text`` make a list, and go on
in lines that are indented.
"""

from __future__ import annotations

MAIN_SECTIONS = {
    "DESCRIPTION": """
mailgate turns e-mail into work. A mail server hands messages to mailgate-deliver(1). Mail to an
alias starts a record of the alias's model, as a lead or a ticket; answers find their record by the
message they answer, whatever address they come to. mailgate-routing(7) has all rules.

Every command takes --json, after its name: then standard output is one JSON document, in ASCII,
and nothing else. Times are ISO 8601 UTC, addresses normalised, ids numbers. A command that
changes something prints the object as it now is, and what it removed as it was. Without --json
there are tables on a terminal and plain aligned text elsewhere; messages for people go to standard
error. Text that came by mail is shown with control and invisible characters made visible.

A command that changes something does so in one transaction and is written to the audit log, which
mailgate-audit(1) shows. Objects are named by their id or their natural name.
""",
    "EXIT STATUS": """
0 :: Done.
1 :: It could not be done; one line on standard error says why, and what to do.
2 :: The command line is wrong.

mailgate-deliver(1) has an exit status of its own for every decision.
""",
    "ENVIRONMENT": """
MAILGATE_DB :: The database, where --db does not name it.
MAILGATE_CONFIG :: The configuration file, where --config does not name it.
MAILGATE_NOW :: An ISO 8601 time that replaces the clock, for tests and demonstrations.
NO_COLOR :: No colours on a terminal.
SUDO_USER :: Who is at work, for the audit log, where root runs a command.
""",
    "FILES": """
/etc/mailgate/mailgate.toml :: The configuration file, mailgate.toml(5); else
  mailgate/mailgate.toml in the XDG configuration directory. To take a message it is not read
  where --db or MAILGATE_DB names the database.
/var/lib/mailgate/mailgate.db :: The database, where it exists or for root;
  else mailgate/mailgate.db in the XDG data directory. Beside it are its log (-wal, -shm), its lock
  (.lock), and while mail is sent what was sent last (.sent-*).
""",
    "SEE ALSO": """
mailgate-deliver(1), mailgate.toml(5), mailgate-routing(7), mailgate-parameters(7)
""",
}
"""Sections of mailgate(1)."""

COMMAND_SECTIONS = {
    "deliver": {
        "ENVELOPE": """
The sender is that of --sender, else of SENDER; an empty one, <> and MAILER-DAEMON alone mean that
there is none. Recipients are those of --recipient and the arguments, else ORIGINAL_RECIPIENT, else
RECIPIENT, else LOCAL_PART@DOMAIN. Without either the header is asked: see mailgate-routing(7).
""",
        "EXIT STATUS": """
0 :: The message is durably recorded, whatever was decided about it.
65 :: Refused for good: empty, without a header, or larger than mail.message.max.bytes.
67 :: Refused for good: no rule takes this recipient.
69 :: Refused for good: a mail loop.
75 :: Anything that is not the message's fault: a wrong option, a missing, locked, full or damaged
  database, a wrong configuration, a time-out. The mail server keeps the message and tries again.
77 :: Refused for good by the alias's policy.

Other than 0, the only output is one line of at most 200 bytes on standard error that begins with
the status of RFC 3463, as in "5.1.1 <nobody@example.com>: no such address here". mailgate-deliver,
the sh front for mail servers, turns every other ending, as of an interpreter that does not start,
into 75.
""",
    },
    "init": {
        "TOKEN KEY": """
secrets/token.key beside the database is the key of the tokens in Reply-To and in the return path
(mail.reply.tokens, mail.bounce.verp). It is in no backup and no export of the database. To make a
new one and let tokens that were sent out count further:

  mv secrets/token.key secrets/token.key.old && mailgate init

Tokens made with token.key.old count as long as that file is there. Mail is taken meanwhile.
""",
    },
    "post": {
        "MESSAGE": """
The text becomes a message of the record, with the files as attachments. Its subject is the one of
the conversation with one "Re:", unless --subject gives another. It comes from the company of the
record's domain, or from who --from names: an internal contact whose domain is not ours writes
"via" the company, so that receivers can prove the sender. Answers go to the address of the record's
alias, else of an alias that feeds the record, else to the catchall address, and come back to the
record. An empty text is refused; together text and files stay below mail.message.max.bytes.
""",
        "RECEIVERS": """
All who follow the record get it, each in a letter to himself, and --to and --cc, who see each
other. These become contacts, not followers; they are no strangers when they answer. The author, our
own addresses, and contacts that are suppressed since mail to them failed get nothing; each of them
that was asked for is named on standard error. The letters wait in the outbox: see
mailgate-outbox(1). With --note nobody gets anything, and the text stays inside.
""",
        "OUTPUT": """
The message as mailgate record show prints it; in JSON its object.
""",
    },
    "explain": {
        "OUTPUT": """
First the message, as the rules see it. Then each recipient, with the place it came from (the
envelope, or a field of the header), every rule that was asked, in order, and what it said; the
last one decided. Then what would be done: records, notices, and the exit status of mailgate
deliver. Where a record has followers, it says whom the message is sent on to, and the reason of the
verdict says why to nobody. It is the same program that decides in mailgate-deliver(1);
mailgate-routing(7) has the rules.

In JSON it is the object of mailgate deliver --dry-run --json. Each recipient has "source"
(envelope, or the field) and "steps": rule, answer (the outcome where the rule decided, else
"next") and reason. Beside that there are "message", "notices", "exit_status", "passed_over"
(addresses in the header that do not count), and "steps" of a message that names no recipient.

The exit status is 0 whatever would become of the message.
""",
        "MAIL THAT CAME BEFORE": """
With --journal the message is judged as if it came anew, now: by the addresses, rules and
parameters of today, with the envelope it came with. What it left behind does not count: that it
was handled, the records it started, and the notices it caused. So changes since then show in the
result. What the journal recorded then is shown below it, in JSON as "recorded".

The bytes of mail that was rejected or refused are not kept, and those of other mail not for ever.
Then only what the journal recorded is shown, without steps; "missing" in JSON says why.
""",
    },
    "quarantine": {
        "REASONS": """
loop :: The author, or the alias, started too many records in a while (mail.gateway.loop.threshold,
  mail.gateway.alias.threshold).
verification :: It came to a catchall or bounce address while mailgate domain verify expects a
  provider's confirmation.
spam :: It is marked as mail.spam.header says.
alias :: The alias it is for cannot work: its defaults do not fit its model any more, or the record
  it needs is gone.
error :: Handling it failed. mailgate fetch tries again, up to twelve times; in JSON "attempts" and
  "next_attempt" say how often it failed, and when it is tried next.
no-route, policy, oversize, loop, empty :: It was fetched, so nobody could be told that it was
  rejected, by that rule.
""",
        "RELEASE AND RETRY": """
release decides as a person who has seen the message: the rules that hold mail, the limits, the
block list and policies of aliases are passed over. Where it goes is decided as for any other
message: an answer joins its record, an alias starts one. Where a recipient's alias is still
misconfigured, or no rule takes the message, everything named stays, in one line that says why;
--to gives it to another alias.

retry decides by all rules as they are now, except that the message was here before. What nobody
takes stays; of several recipients it stays for those it would be held for.

Both write a journal entry, which says who did it, and unpack what was taken. A repeat of the
message by the mail server is still known as a duplicate. Apart from acknowledgements of aliases
nothing is sent to the sender. In JSON they print each message as it was held, with "left" (false
where it stays) and "result", the object of mailgate deliver.

discard removes the original bytes too, unless a record or another held message has them.
""",
        "LINKS": """
show lists the http and https links of a message as text, to confirm a redirection by hand; the
list in JSON has them for reason verification. Nothing is ever fetched. On a terminal --raw shows
control characters as visible substitutes; elsewhere it writes the bytes as they came.
""",
    },
    "notification": {
        "STATUS": """
ready :: It waits in the outbox.
sent :: A mail server took it.
delayed :: A report says that it is still on its way.
bounced :: A report says that it did not arrive: red.
failed :: No server took it: red.
cancelled :: It was not to be sent.

Failures of both kinds stay red until they are dismissed or sent again. The type says what a failure
is about, by its status code (RFC 3463): address, mailbox, system, network, protocol, content,
policy, or unknown. The reason is what the other server wrote, "no error" where it cannot be found.
""",
        "OUTPUT": """
In JSON a notification has failure_type, failure_reason and status_code, null where nothing was
said; list --unmatched prints objects of the journal. What a report says of each recipient is shown
by mailgate journal show. How reports find their message is in mailgate-routing(7).
""",
    },
    "server": {
        "PASSWORDS": """
A password is read when a mailbox is opened, and kept nowhere.

--password-file FILE :: The first line of a file. Others must not be able to read it, nor the group
  to write it: chmod 600, or 640 for a group.
--password-file credential:NAME :: A credential of systemd: the unit has LoadCredential=NAME:FILE or
  LoadCredentialEncrypted=NAME:FILE, and mailgate reads NAME in $CREDENTIALS_DIRECTORY.
--password-command COMMAND :: The first line that a command prints, as "pass show mail/sales". It is
  run without a shell, for at most 30 seconds, and cannot ask.
--oauth PROVIDER :: No password; see below.

The last one that is given counts. The journal, the audit log and errors never have a password, nor
the arguments of a command.
""",
        "TLS": """
Without --starttls and --plain, TLS begins with the connection. The certificate is verified against
the authorities that the system trusts and the name of the host; SSL_CERT_FILE names others. Where
it does not verify, or STARTTLS is not offered, no password is sent. With --plain anybody on the way
can read password and mail: for a server on this machine.
""",
        "WHAT IS DONE WITH HANDLED MAIL": """
seen :: It is marked as seen: the default for IMAP.
delete :: It is deleted: the default for POP3. IMAP servers without UIDPLUS only mark it as deleted.
move:FOLDER :: It is moved to a folder, which must be there.
nothing :: It stays as it is; what was handled is remembered by its unique id.

What is set counts for mail that is handled from then on. POP3 knows delete and nothing. Mail is
marked only once it is on disk. A mark that cannot be set is
an error, but neither loses nor repeats anything, and the next run sets it.
""",
        "ADDRESSES THAT NO SERVER COVERS": """
list names the addresses of aliases, and catchall and bounce addresses, that no enabled server
covers: none has that address, or its local part, as its user, none has the domain's catchall
address as its user (whose mailbox gets all mail of the domain), and no mail for the address ever
came in. Without an enabled server nothing is named: then a mail server delivers.
""",
        "OAUTH 2": """
Gmail and Microsoft 365 let a program in by tokens, not by a password. One registers mailgate with
the provider, once for all mailboxes, and gets a client id and perhaps a secret. Then a person who
can read the mailbox agrees in a browser on any machine, and mailgate renews the tokens by itself.

For Microsoft 365, register an application in Entra (App registrations, New registration). Under
Authentication allow public client flows; under API permissions add the delegated permission
IMAP.AccessAsUser.All, or POP.AccessAsUser.All, of Microsoft Graph. Mind that IMAP may have to be
enabled for the mailbox. Then:

mailgate server add support imap outlook.office365.com --user support@example.com --oauth outlook ::
  The mailbox.
mailgate server authorize support --client-id ID --tenant example.com :: Shows a code to enter in a
  browser. Where device codes are forbidden, add --code, and to the application the redirection
  https://login.microsoftonline.com/common/oauth2/nativeclient (mobile and desktop).
mailgate server test support :: It works.

For Gmail, create an OAuth client of the type "Desktop app" in the Google Cloud console, and put its
secret into a file that only mailgate can read. Let the project be internal, or in production: what
is granted to one in testing ends after a week. Then:

mailgate server add sales imap imap.gmail.com --user sales@example.com --oauth gmail :: The mailbox.
mailgate server authorize sales --client-id ID --client-secret-file /etc/mailgate/google :: Shows an
  address to open in a browser. Having agreed, the browser ends at an address on 127.0.0.1 that it
  cannot show: paste that address.
mailgate server test sales :: It works.

For any other provider, choose a name for --oauth and give authorize its endpoints and scope:
--token-url, --scope, and --device-url (RFC 8628) or --authorization-url (RFC 6749 with PKCE); its
documentation, or /.well-known/openid-configuration, has them. Endpoints must be https, unless they
are on this machine.

Client, endpoints and tokens are kept in secrets/server-ID.grant beside the database, readable by
its owner and group, never in the database, its backups or exports. The client's secret stays in its
file, which is read at every renewal. Say authorize again without options to renew a grant, and
--like SERVER2 to use the client of another server.
""",
        "GRANTS": """
list and show say how long a grant lasts; in JSON a server that logs in by OAuth 2 has "grant", an
object with "state", "end" (null where it is not known) and "detail".

missing :: Nobody has authorized it yet, or for another user or provider.
ok :: It renews itself.
expiring :: It ends within two weeks, or as soon as nothing uses it: authorize again.
dead :: It has ended, or the provider refused to renew it, as after a change of the password.
  mailgate does not ask again until somebody authorizes.
""",
    },
    "outbox": {
        "SENDING": """
flush sends what is due, the longest due first, as [outgoing] in mailgate.toml(5) says: by SMTP over
one connection, or by a program such as sendmail. Run it every minute, by cron or a timer;
examples/sending has both. What comes in while it runs is left to the next one.

Any number of runs may be under way. A letter is held by one of them before it is sent; what a run
held that ended, however it ended, goes to the next one at once on the same machine and container,
else after two hours. A run that is killed between sending a letter and noting that leaves one
letter that is sent twice, with the same Message-ID; a power failure may leave what was sent within
the last tenth of a second.

Where the server cannot be reached, takes no mail now, cannot prove its name, or refuses the login,
the run ends at once: what is due waits, without an attempt being counted, and is tried again
after 5 to 30 minutes.
""",
        "WHAT IS NOT TAKEN": """
A letter that is refused for now (a reply from 400 to 499, or a connection that breaks) stays
queued. It is tried again after about 5 minutes, later every time, until every 4 hours. After 5 days
it fails. The days are counted from the first attempt, or from retry.

A letter that is refused for good (from 500 on) fails. last_error has the reply. Of a message of a
record mailgate-notification(1) shows it too.

An address that is not ASCII fails with 5.6.7 where the server does not take such addresses.

retry makes letters due now that wait, failed, or were cancelled. The attempts go on being counted,
the 5 days begin anew. cancel lets letters not be sent that wait or failed. Neither touches what is
being sent at the moment, or was sent. Both are in the audit log.
""",
        "OUTPUT": """
flush prints nothing where all is well. On standard error there is one line for each reason for
which letters failed or wait, with their ids, and one where nothing can be sent; -q leaves out what
only waits; -v adds counts, as a terminal does.

In JSON it prints "sent", "failed" and "deferred", which count letters; "postponed", letters that
were not tried because nothing can be sent, and "unusable", why (null otherwise); "unsent", an array
of what was tried and not sent (id, recipient, outcome, status_code, reason); "queued", how many
letters are left, and "next_attempt", when the next one is due (null where none is left).

A notice has the null sender, "" in JSON. In JSON show adds "headers", an array of objects with name
and value (decoded), and "body", the text.
""",
        "EXIT STATUS": """
0 :: What was due was sent, or waits for another attempt.
1 :: flush: a letter failed for good, or nothing can be sent. Otherwise as for all commands.
2 :: The command line is wrong.
""",
    },
    "fetch": {
        "WHAT IS READ": """
Of an IMAP folder the first run reads the unread mail. Later runs read all that came since, read by
a person meanwhile or not, and what is unread from before. Where the server has numbered the folder
anew (UIDVALIDITY), or has moved to another host, what is unread is read, and what arrived since the
last success minus a day; what was taken before is a duplicate. Reading marks nothing.

Of a POP3 maildrop everything is read that was not read before.

Whom a message is for is read from its header, see mailgate-routing(7). On fetched mail nothing can
be rejected, as nobody is there to tell the sender: what would be is held in quarantine, with the
rule as its reason. With the server's --model, mail that is for nobody starts a record instead. The
same message in two mailboxes is one message.

What is larger than mail.message.max.bytes is not loaded, stays on its server unmarked, and is in
the journal once. A message whose handling fails is put into quarantine whole, reason error, and is
tried again by later runs, after 10 minutes first, then later and later; a line on standard error
says so, and once a day a letter to the contact of the domain.
""",
        "WHEN SOMETHING GOES WRONG": """
A run can be ended at any moment, by whatever: each message is taken once, and the next run unpacks
what is left to unpack. A server is read by one
run at a time, and has ten minutes; what is left then is read by the next run. Servers are read side
by side, eight at once; a ninth begins when one of them ends.

After three errors in a row a server waits, ten minutes at first, then twice as long each time, up
to four hours; to name it, to change it or to enable it ends the wait. From the third error on, once
a day, a letter to the contact of the domain says what is wrong; it waits in the outbox. Where mail
was read and could only not be marked, it is told like an error, and the server does not wait.

A message that a server lists but does not hand over is asked for again by the next run, then less
and less often, at last once a day as long as it is there; those behind it are read meanwhile. The
third time it is in the journal, and an error. Where a server hands over none of several messages,
it has failed, and the next run reads it as before.
""",
        "OUTPUT": """
On a terminal and with mailgate -v there is a line for each server; otherwise nothing is printed
where nothing is wrong. Each error is a line on standard error, and the exit status is 1 where there
is any. In JSON there is an object for each server, with "server", "error", "skipped" (why nothing
was done, as another run reads it), "read", and a number for each outcome: created, replied, report,
refused, held, ignored, duplicate, quarantined, rejected.
""",
        "FILES": """
/var/lib/mailgate/mailgate.db.fetch :: Beside the database; its bytes are locked while mailboxes are
  read.
""",
    },
    "import": {
        "FILES": """
mbox :: A file that begins with "From ". Messages begin after a blank line with a line of "From ",
  a time and a year, or of "From " alone where the first line of the file has none. Lines that begin
  with From are written with > before them: mboxrd, the default, does so with every such line once
  more; mboxo only where there is none, so that one written as >From comes back as From.
Maildir :: A directory with cur and new in it. Folders in it are not read, nor what is marked as
  trashed.
.eml :: Any other file is one message, unless it is empty.
directories :: Every .eml and .mbox file in them and below.
""",
        "NOTES": """
Recipients are those of the header, and nothing can be rejected: see mailgate-fetch(1). Limits count
as for other mail; an archive in which one person wrote much needs a higher
mail.gateway.loop.threshold, or that person on the allow list. Nobody is written to because of mail
that is imported: there are neither notices nor acknowledgements, and nothing is sent on.

An import that was interrupted goes on where it was when the same command is given again; files that
changed since are read from the beginning. In JSON there is "read" and a number for each outcome.
""",
    },
    "model": {
        "FIELDS": """
text :: Any printable text.
integer :: A whole number.
number :: A number, with or without a fraction.
boolean :: yes or no (on, off, true, false, 1, 0), true or false in JSON.
date :: A date, as 2026-11-22.
choice(low|normal|high) :: One of the names in brackets. Quote it for the shell.
""",
    },
    "audit": {
        "NOTES": """
An entry has the time, who made the change (the user; for root the one who used sudo), the action,
and in JSON the object before and after.
""",
    },
}
"""Sections of the pages of single commands."""

PARAMETERS_TEXT = """
Parameters are kept in the database and set with mailgate-param(1). A change counts from the next
message on. Numbers are whole. Switches take on and off, yes and no, true and false, 1 and 0. Names
are normalised: "hello.COM, BONJOUR.com," becomes "hello.com,bonjour.com".

mailgate db prune removes what mail.original.keep.days and mail.quarantine.keep.days keep no longer.
"""
