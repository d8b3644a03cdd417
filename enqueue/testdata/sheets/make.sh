#!/bin/sh
# Makes the files of this folder again: those of LibreOffice with soffice (Debian:
# libreoffice-calc-nogui), the others byte for byte as their programs write them.
# It needs soffice and iconv; the tests need neither, because the files are committed.
set -eu
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# libreoffice FILE LANGUAGE NUMBER SEPARATOR CHARSET QUOTED writes source.fods. The
# separator is an ASCII number; 76 is UTF-8, 1 Windows-1252, 65535 UTF-16.
libreoffice() {
	sed "s/number:language=\"fr\" number:country=\"FR\"/number:language=\"${2%-*}\" number:country=\"${2#*-}\"/" source.fods >"$tmp/sheet.fods"
	soffice --headless "-env:UserInstallation=file://$tmp/profile" --convert-to \
		"csv:Text - txt - csv (StarCalc):$4,34,$5,1,,$3,$6,true,false" --outdir "$tmp" "$tmp/sheet.fods" >/dev/null 2>&1
	mv "$tmp/sheet.csv" "$1"
}
if [ "${1:-}" != by-hand ]; then
	libreoffice libreoffice-fr.csv fr-FR 1036 59 76 false
	libreoffice libreoffice-de.csv de-DE 1031 59 76 false
	libreoffice libreoffice-us.csv en-US 1033 44 76 false
	libreoffice libreoffice-gb.csv en-GB 2057 44 76 false
	libreoffice libreoffice-tab.tsv fr-FR 1036 9 76 false
	libreoffice libreoffice-pipe.csv fr-FR 1036 124 76 false
	libreoffice libreoffice-quoted.csv fr-FR 1036 59 76 true
	libreoffice libreoffice-utf16.csv fr-FR 1036 59 65535 false
	libreoffice libreoffice-windows1252.csv fr-FR 1036 59 1 false
fi

bom='\357\273\277'
crlf() { sed 's/$/\r/'; }

# Excel, French: CSV UTF-8. Columns of the person's own, a line break in a cell.
french() {
	cat <<'END'
ID;List name;Text;Type;Purpose;Send at;With replies;Max cost
noel-1;clients;"Noël; c'est ""déjà"" demain.
STOP au 30101";sms_premium;wholesale;03/12/2026 09:00;VRAI;1250,50
noel-2;clients;Votre commande est prête;sms_low_cost;alert;;FAUX;
END
}
excel_french() { # Excel ends records with CRLF, and lines inside cells with LF
	french | crlf | awk 'BEGIN { RS = "\r\n"; ORS = "" } { if ($0 ~ /demain\.$/) print $0 "\n"; else if ($0 != "") print $0 "\r\n" }'
}
{ printf "$bom"; excel_french; } >excel-fr-utf8.csv
excel_french | iconv -t WINDOWS-1252 >excel-fr-windows1252.csv
french | tr '\n' '\r' | sed "s/demain\\.\r/demain.\n/" | iconv -t UTF-8 >excel-mac-cr.csv
french | iconv -t MACINTOSH >excel-mac-roman.csv
{ printf '\377\376'; french | tr ';' '\t' | sed 's/Noël\t/Noël;/' | crlf | iconv -t UTF-16LE; } >excel-unicode-text.txt
{ printf '\376\377'; french | crlf | iconv -t UTF-16BE; } >utf16-be.csv
french | crlf | iconv -t UTF-16LE >utf16-without-mark.csv
{ printf "${bom}sep=;\r\n"; excel_french; } >excel-sep-line.csv
{ printf 'sep=|\r\n'; french | tr ';' '|' | sed 's/Noël|/Noël;/'; } >sep-line-pipe.csv

{ printf "$bom"; crlf <<'END'; } >excel-de-utf8.csv
id;list_name;text;type;purpose;send_at;auto_remove_blacklisted_numbers;max_cost
weihnachten;kunden;Schöne Grüße. STOP au 30101;sms_premium;wholesale;03.12.2026 09:00;WAHR;1.250,50 €
fertig;kunden;Ihre Bestellung ist fertig;sms_low_cost;alert;;FALSCH;12,5
END
{ printf "$bom"; crlf <<'END'; } >excel-us-utf8.csv
Id,List Name,Text,Type,Purpose,Send At,With Replies,Max Cost
sale-1,customers,"Sale, now. STOP au 30101",sms_premium,wholesale,12/3/2026 9:00,TRUE,"1,250.50"
sale-2,customers,Ready,sms_low_cost,alert,12/3/2026 9:00:30 PM,FALSE,€12.50
END

# What spreadsheets leave behind: columns and rows that hold nothing.
crlf >trailing-columns.csv <<'END'
id;list_name;text;type;purpose;;;
a;l;x;sms_premium;alert;;;
b;l;x;sms_premium;alert
;;;;;;;
;;;;
c;l;x;sms_premium;alert;
END
crlf >trailing-content.csv <<'END'
id;list_name;text;type;purpose;;
a;l;x;sms_premium;alert;;
b;l;x;sms_premium;alert;;vu avec Paul
c;l;x; y;sms_premium;alert;
END
crlf >nameless-middle.csv <<'END'
id;;list_name;text;type;purpose
a;;l;x;sms_premium;alert
b;oups;l;x;sms_premium;alert
END
crlf >omitted-cells.csv <<'END'
id;list_name;text;type;purpose;send_at;sender
a;l;x;sms_premium;alert;;
b;l;x;sms_premium;alert
END
crlf >cell-errors.csv <<'END'
id;list_name;text;type;purpose;send_at;sender
a;l;x;sms_premium;alert;########;
b;l;#NOM?;sms_premium;alert;;
c;#REF!;x;sms_premium;alert;;#N/A
d;l;#1 des soldes;sms_premium;alert;;
1,23457E+12;l;x;sms_premium;alert;;
END

# Dates and amounts that could be two.
crlf >dates.csv <<'END'
id;list_name;text;type;purpose;send_at
a;l;x;sms_premium;alert;03/12/2026 09:00
b;l;x;sms_premium;alert;25/12/2026 09:00
c;l;x;sms_premium;alert;2026-12-03 09:00
d;l;x;sms_premium;alert;03/12/26 09:00
e;l;x;sms_premium;alert;03/12/2026
f;l;x;sms_premium;alert;46359,375
g;l;x;sms_premium;alert;2026-12-03T09:00:00+01:00
END
crlf >clock-change.csv <<'END'
id;list_name;text;type;purpose;send_at
before;l;x;sms_premium;alert;2026-10-25 01:59
twice;l;x;sms_premium;alert;2026-10-25 02:30
said;l;x;sms_premium;alert;2026-10-25 02:30+01:00
never;l;x;sms_premium;alert;2026-03-29 02:30
after;l;x;sms_premium;alert;2026-03-29 03:00
END
crlf >amounts.csv <<'END'
id;list_name;text;type;purpose;max_cost
a;l;x;sms_premium;alert;12,5
b;l;x;sms_premium;alert;1,250
c;l;x;sms_premium;alert;1.250
d;l;x;sms_premium;alert;1 250,00 €
e;l;x;sms_premium;alert;0,125
f;l;x;sms_premium;alert;12,50 $
g;l;x;sms_premium;alert;1'250.50
h;l;x;sms_premium;alert;1’250
i;l;x;sms_premium;alert;1.250,50 EUR
j;l;x;sms_premium;alert;EUR 12
k;l;x;sms_premium;alert;12 EURO
l;l;x;sms_premium;alert;12'50
m;l;x;sms_premium;alert;0
n;l;x;sms_premium;alert;0,00 €
o;l;x;sms_premium;alert;- €
END
crlf >booleans.csv <<'END'
id;list_name;text;type;purpose;with_replies;recipient_tracking;simulation_mode;auto_optimize_text
a;l;x;sms_premium;alert;OUI;Non;oui;non
b;l;x;sms_premium;alert;VRAI;FAUX;vrai;faux
c;l;x;sms_premium;alert;JA;NEIN;ja;nein
d;l;x;sms_premium;alert;WAHR;FALSCH;yes;no
e;l;x;sms_premium;alert;TRUE;FALSE;1;0
f;l;x;sms_premium;alert;peut-être;x;;
g;l;x;sms_premium;alert;VERDADERO;FALSO;Sí;no
h;l;x;sms_premium;alert;VERO;FALSO;sì;No
i;l;x;sms_premium;alert;WAAR;ONWAAR;ja;nee
j;l;x;sms_premium;alert;VERDADEIRO;FALSO;sim;não
END

# Google Sheets: commas, CRLF, no mark; its TSV has no quotation marks.
printf 'ID,List name,Text,Type,Purpose,Send at,Max cost\r\nsoldes,clients,"Soldes, dès demain. STOP au 30101",sms_premium,wholesale,03/12/2026 09:00:00,"12,50"' >google-fr.csv
printf 'ID\tList name\tText\tType\tPurpose\tSend at\tMax cost\r\nsoldes\tclients\tSoldes, dès demain. STOP au 30101\tsms_premium\twholesale\t2026-12-03 09:00:00\t12,50\r\n' >google-fr.tsv

# PostgreSQL: COPY … WITH (FORMAT csv, HEADER), psql -A, and COPY in its text format.
cat >postgres-copy.csv <<'END'
id,list_name,text,type,purpose,send_at,with_replies,max_cost
a,l,"Hello, STOP au 30101",sms_premium,wholesale,2026-12-03 09:00:00+01,t,12.50
b,l,"two
lines",sms_premium,alert,2026-12-03 08:00:00.123456+00,f,
c,l,x,sms_premium,alert,2026-12-03 13:30:00+05:30,f,
d,l,x,sms_premium,alert,infinity,f,
END
cat >postgres-psql-unaligned.csv <<'END'
id|list_name|text|type|purpose|send_at
a|l|x, y; z|sms_premium|alert|2026-12-03 09:00:00+01
b|l|x|sms_premium|alert|
(2 rows)
END
printf 'id\tlist_name\ttext\ttype\tpurpose\tsend_at\na\tl\tx\tsms_premium\talert\t2026-12-03 09:00:00+01\nb\tl\tx\tsms_premium\talert\t\\N\n' >postgres-copy-text.tsv
cat >postgres-row-to-json.jsonl <<'END'
{"id":"a","list_name":"l","text":"x","type":"sms_premium","purpose":"alert","send_at":"2026-12-03T09:00:00+01:00","with_replies":true,"max_cost":12.50}
{"id":"b","list_name":"l","text":"x","type":"sms_premium","purpose":"alert","send_at":"2026-12-03T09:00:00"}
{"id":"c","list_name":"l","text":"x","type":"sms_premium","purpose":"alert","send_at":"2026-12-03 09:00:00+01"}
{"id":"d","list_name":"l","text":"x","type":"sms_premium","purpose":"alert","send_at":null}
END

# Columns of a person's own, and with names of their own.
{ printf "$bom"; crlf <<'END'; } >own-columns.csv
Campagne;Liste;Message (160 car. max., sans accents);Nature;But;Envoi le;Notes;Budget;Boutique
noel;clients;STOP au 30101;sms_premium;wholesale;03/12/2026 09:00;vu avec Paul, OK;12,5;3
END
crlf >near-misses.csv <<'END'
id;list_name;text;type;purpose;sendt_at;Notes
a;l;x;sms_premium;alert;2026-12-03T09:00:00+01:00;vu
END
crlf >ignored-limits.csv <<'END'
id;list_name;text;type;purpose;Max cost (€);send_at_paris;Window hours;Notes
a;l;x;sms_premium;alert;50;2026-12-03 09:00;8-20;vu
END
crlf >header-spellings.csv <<'END'
ID ;list-name;TEXT;"Type";Purpose;Send At;Auto Remove Blacklisted Numbers;Labels.Boutique
a;l;x;sms_premium;alert;2026-12-03t09:00:00z;oui;Nord
END
crlf >header-twice.csv <<'END'
id;List name;list_name;text;type;purpose
a;l;l;x;sms_premium;alert
END
crlf >quotes.csv <<'END'
id;list_name;text;type;purpose
a;l;"écran 5"" STOP";sms_premium;alert
b;l;écran 5" STOP;sms_premium;alert
c;l;"x"y;sms_premium;alert
d;l;"jamais fermé;sms_premium;alert
e;l;x;sms_premium;alert
END
printf '' >empty.csv

# What programs write for errors, formulas and values that are not there: spreadsheets in
# other languages, pandas' to_csv, R's write.csv, mysql --batch.
cat >cell-errors-languages.csv <<'END'
id,list_name,text,type,purpose
a,l,#¡VALOR!,sms_premium,alert
b,l,#ÜBERLAUF!,sms_premium,alert
c,#¿NOMBRE?,#ERROR!,sms_premium,alert
d,l,#RIF!,sms_premium,alert
e,l,Err:508,sms_premium,alert
f,l,Loading...,sms_premium,alert
g,l,#CALC!,sms_premium,alert
h,l,#VIP,sms_premium,alert
i,l,#VIP! Venez,sms_premium,alert
j,l,#1!,sms_premium,alert
k,l,Err: 508 articles,sms_premium,alert
l,l,#promo!,sms_premium,alert
m,l,#DIV/0!,sms_premium,alert
END
cat >formulas.csv <<'END'
id;list_name;text;type;purpose;sender
a;="customers";x;sms_premium;alert;
b;l;"=""Bonjour """;sms_premium;alert;
c;l;=CONCATENER(A2;"!");sms_premium;alert;
d;l;=>Promo;sms_premium;alert;
e;l;= Promo;sms_premium;alert;
f;l;"=""0123""";sms_premium;alert;"=""0123"""
END
cat >pandas.csv <<'END'
id,list_name,text,type,purpose,sender,send_at,simulation_mode,labels.note
a,l,Hello,sms_premium,alert,nan,NaT,True,None
b,l,nan,sms_premium,alert,None,2026-12-03 09:00:00,False,N/A
c,None,Hello,sms_premium,alert,,2026-12-03 09:00:00+01:00,True,
d,l,None of them,sms_premium,alert,NaNcy,,False,
END
cat >r-write-csv.csv <<'END'
"id","list_name","text","type","purpose","sender","simulation_mode"
"a","l","Hello","sms_premium","alert",NA,TRUE
"b","l",NA,"sms_premium","alert","Shop",FALSE
"c","NA","Hello","sms_premium","alert","Shop",FALSE
END
printf 'id\tlist_name\ttext\ttype\tpurpose\tsender\na\tl\tHello\tsms_premium\talert\tNULL\nb\tl\t\\N\tsms_premium\talert\t\n' >mysql-batch.tsv

# A header that is not the first line, or not seen to be one: PowerShell's Export-Csv,
# Numbers' name of the table, pandas' numbers of rows, a workbook with another name.
{ printf "$bom"; crlf <<'END'; } >powershell-type.csv
#TYPE System.Management.Automation.PSCustomObject
"id","list_name","text","type","purpose","simulation_mode"
"a","l","Hello, STOP","sms_premium","alert","True"
END
cat >numbers-table.csv <<'END'
Table 1,,,,
id,list_name,text,type,purpose
a,l,Hello,sms_premium,alert
END
cat >pandas-index.csv <<'END'
,id,list_name,text,type,purpose
0,a,l,Hello,sms_premium,alert
1,b,l,Hello,sms_premium,alert
END
printf 'id,list_name\342\200\213,te\302\255xt,Type\342\200\256,purpose\na,l,Hello,sms_premium,alert\n' >header-unseen.csv
printf 'PK\003\004\024\000\006\000\n' >workbook.csv
printf '\037\213\010\010x\n' >gzip.csv

# JSON Lines: PowerShell's Out-File, CR alone, a mark, and what cannot be read.
line='{"id":"%s","list_name":"l","text":"Noël %s","type":"sms_premium","purpose":"alert"}'
{ printf '\377\376'; { printf "$line\r\n" a '😀'; printf "$line\r\n" b "l'été"; } | iconv -t UTF-16LE; } >powershell.jsonl
{ printf "$bom"; printf "$line\r\n" a 1; printf '\r\n'; printf "$line" b 2; } >mark-crlf.jsonl
{ printf "$line\r" a 1; printf "$line\r" b 2; } >cr.jsonl
{ printf "$line\n" a 1 | iconv -t WINDOWS-1252; printf '{"id":"b","list_name":"l","text":"x","type":"sms_premium","purpose":"alert"}\n'; } >windows1252.jsonl
printf "$line\n" a 1 | iconv -t UTF-16LE >utf16-without-mark.jsonl
{ printf '\377\376'; printf "$line\n" a 1 | iconv -t UTF-16LE; printf '\075\330x\0\n\0'; printf "$line\n" b 2 | iconv -t UTF-16LE; } >half-a-character.jsonl
cat >zero-time.jsonl <<'END'
{"id":"a","list_name":"l","text":"x","type":"sms_premium","purpose":"alert","send_at":"0001-01-01T00:00:00Z"}
{"id":"b","list_name":"l","text":"x","type":"sms_premium","purpose":"alert","not_before":"0001-01-01T01:00:00+01:00","expires_at":"0001-01-01T00:00:00"}
END
cat >own-members.jsonl <<'END'
{"id":"a","liste":"l","text":"x","type":"sms_premium","purpose":"alert","boutique":"Nord","notes":["vu"]}
{"id":"b","liste":"l","text":"x","type":"sms_premium","purpose":"alert","boutique":3}
{"id":"c","list_name":"l","text":"x","type":"sms_premium","purpose":"alert","note":"x"}
END
cat >array.jsonl <<'END'
[{"id":"a","list_name":"l","text":"x","type":"sms_premium","purpose":"alert"},{"id":"b","list_name":"l","text":"x","type":"sms_premium","purpose":"alert"}]
END
cat >for-people.jsonl <<'END'
{
  "id": "a",
  "text": "x"
}
{"id":"b","list_name":"l","text":"x","type":"sms_premium","purpose":"alert"}{"id":"c"}
{"id":"d","list_name":"l","text":"x","type":"sms_premium","purpose":"alert"},
END
cat >csv-inside.jsonl <<'END'
id,list_name,text,type,purpose
a,l,x,sms_premium,alert
END
