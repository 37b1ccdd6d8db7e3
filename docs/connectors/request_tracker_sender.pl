#!/usr/bin/perl
# Sends the hub what request_tracker_scrip.pl wrote down, signed as Standard Webhooks say, oldest first. Run it beside RT
# as a service, as the user of RT's web server:
#   perl request_tracker_sender.pl /var/spool/rt-hub /etc/rt-hub.json
# The second is a file that only this user may read:
#   {"url": "https://hub.example.com/connectors/<name>/events", "secret": "whsec_..."}
# What is not taken is sent again; after eight tries it is filed under dead/ in the folder. The hub's sweep finds it
# all the same.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256);
use JSON;
use LWP::UserAgent;
use MIME::Base64;
use Time::HiRes qw(sleep time);

my ( $folder, $settings ) = @ARGV;
die "usage: $0 FOLDER SETTINGS\n" unless $settings && -d $folder;
mkdir "$folder/dead" unless -d "$folder/dead";
$| = 1;

my @waits = ( 0.5, 1, 2, 4, 8, 15, 30 );    # seconds after each try that failed
my $age   = 0.4;                            # seconds in which RT commits what a scrip was run for
my $agent = LWP::UserAgent->new( timeout => 10, agent => 'rt-hub-webhook/1' );
my ( %tries, %next );

sub content_of {
    my ($path) = @_;
    open my $file, '<:raw', $path or return;
    local $/;
    return scalar <$file>;
}

while (1) {
    my $sent = 0;
    for my $path ( sort glob "$folder/*.json" ) {
        my ( $name, $at ) = $path =~ m{(([\d.]+)-[^/]*)$} or next;
        last if time() - $at < $age || ( $next{$name} || 0 ) > time();
        my $known = eval { JSON->new->decode( content_of($settings) ) } || {};
        my $body  = content_of($path);
        last unless $known->{url} && defined $body;
        my $id  = JSON->new->utf8->decode($body)->{id};
        my $now = int time();
        ( my $secret = $known->{secret} ) =~ s/^whsec_//;
        my $signature = encode_base64( hmac_sha256( "$id.$now.$body", decode_base64($secret) ), '' );
        my $answer = $agent->post(
            $known->{url},
            'Content-Type'      => 'application/json',
            'webhook-id'        => $id,
            'webhook-timestamp' => $now,
            'webhook-signature' => "v1,$signature",
            Content             => $body,
        );
        printf "%d %s %s try=%d\n", $now, $id, $answer->code, ++$tries{$name};
        if ( $answer->is_success || $answer->code == 410 ) {
            unlink $path;
        }
        elsif ( $tries{$name} > @waits ) {
            rename $path, "$folder/dead/$name";
        }
        else {
            $next{$name} = time() + $waits[ $tries{$name} - 1 ];
            last;    # order is kept: the others wait for the first
        }
        $sent = 1;
    }
    sleep( $sent ? 0.02 : 0.15 );
}
