# Tells the hub what happens in tickets. Paste it as "Custom action commit code" of a global scrip:
# Admin > Global > Scrips > Create: condition "On Transaction", action "User Defined", template "Blank",
# stage "Normal"; "Custom condition" and "Custom action preparation code": 1;
#
# It only writes a small file for request_tracker_sender.pl, so that nobody waits for the hub, and nothing is told
# before RT's database has it. The folder is set in RT_SiteConfig.pm, and RT's web server may write to it:
#   Set($HubSpool, '/var/spool/rt-hub');
require JSON;
require Time::HiRes;

my $ticket      = $self->TicketObj;
my $transaction = $self->TransactionObj;
my %event       = (
    Correspond => 'ticket.correspond',
    Comment    => 'ticket.comment',
    Status     => 'ticket.status',
    Set        => 'ticket.field',
    AddLink    => 'ticket.merged',
);
my $event  = $event{ $transaction->Type };
my $field  = $transaction->Field || '';
my $folder = RT->Config->Get('HubSpool');

# Of fields the owner and the priority matter, of links those by which a ticket was merged into another.
undef $event if $transaction->Type eq 'Set' && $field !~ /^(?:Owner|Priority)$/;
undef $event if $transaction->Type eq 'AddLink' && $field ne 'MergedInto';

if ( $event && $folder ) {
    my $number = $transaction->id + 0;
    my %told   = (
        event       => $event,
        id          => "rt-txn-$number",
        transaction => { id => $number, created => $transaction->CreatedObj->W3CDTF( Timezone => 'UTC' ) },
        ticket      => { id => $ticket->id + 0, effective_id => $ticket->EffectiveId + 0 },
    );
    my $name = sprintf '%.6f-%d.json', Time::HiRes::time(), $number;
    if ( open my $file, '>', "$folder/.$name" ) {
        print {$file} JSON->new->utf8->canonical->encode( \%told );
        close $file;
        rename "$folder/.$name", "$folder/$name";
    }
    else {
        RT->Logger->error("HubSpool: cannot write to $folder: $!");
    }
}
1;
