"""The built-in words of danger, in English and Polish: `weight name: spelling, spelling`.

3 is a crisis wherever it is true (people harmed, data lost, the law), 2 is grave, 1 is trouble that
many brands live with. A spelling that ends in * is how a word begins. Weight 0 is harmless: it
takes away what lies within it. Where a word mostly means something else it is not here.
"""

WORDS = """
    3 recall: recall, recalls, recalled, recalling
    0 i recall
    0 as i recall
    0 we recall
    0 you recall
    0 may recall
    0 might recall
    0 if i recall
    0 recall when
    0 recall election: recall election*
    0 recall how
    3 breach: breach*, databreach*
    0 breach of trust
    3 data leak: data leak*, leaked data, leaks data, leaking data, dataleak*
    1 leak: leaked, leaks, leaking, leak
    3 hacked: hacked, hackers, hacker, got hacked, hacking
    0 life hacker
    0 hacker news
    3 ransomware
    3 cyberattack: cyberattack*, cyber attack*, ddos
    2 malware
    2 phishing
    2 gdpr
    2 privacy violation: privacy violation*, violat* privacy, privacy breach*
    1 outage: outage*, blackout*
    3 lawsuit: lawsuit*, class action*, class actions
    2 sue: sue, sues, sued, suing
    2 prosecute: prosecut*
    3 indicted: indict*
    2 arrested: arrested, arrests
    2 investigation: investigation*, investigated, investigating, investigators
    0 worth investigating
    2 subpoena: subpoena*
    2 fined: fined, regulatory fine
    2 antitrust: antitrust, price fixing, cartel
    2 fraud: fraud*, defraud*
    2 scam: scam, scams, scammed, scammers, scammer, scamming
    3 bribery: bribe, bribes, bribed, bribery, bribing
    3 corruption
    3 embezzlement: embezzl*, money laundering
    3 whistleblower: whistleblow*, whistle blower*
    2 scandal: scandal, scandals, scandalous
    2 cover-up: coverup, cover up, covered up
    3 death: death, deaths, fatalit*, fatally
    0 death metal
    0 bored to death
    0 sick to death
    0 scared to death
    0 death star
    2 killed: killed, kills people
    0 killed it
    2 died: died, people died, dead people
    0 battery died
    0 phone died
    2 injury: injury, injuries, injured
    3 hospitalized: hospitalized, hospitalised, hospitalization
    2 victim: victim, victims
    3 suicide: suicide*
    3 overdose: overdos*
    3 poisoning: poisoned, poisoning, poisonous, poison
    3 contaminated: contaminat*
    3 salmonella: salmonell*
    3 listeria: listeria, listerii, listerie, listerio*
    3 e. coli: e coli, e . coli, ecoli
    3 legionella
    3 carcinogenic: carcinogen*, causes cancer
    3 asbestos
    2 allergen: allergen, allergens, undeclared allergen*, allergic reaction*
    2 vermin: cockroach*, maggots, maggot, rats, vermin
    2 mould: mouldy, moldy, mold in, mould in
    1 toxic
    3 explosion: explosion*, exploded, explodes, exploding
    3 caught fire: caught fire, catches fire, catch fire, burst into flames, on fire and
    2 evacuation: evacuat*
    3 emergency landing: emergency landing*
    2 unsafe: unsafe, safety hazard*, choking hazard*, fire hazard*
    1 defect: defect, defects, defective
    1 dangerous
    2 counterfeit: counterfeit*
    2 tampering: tampered, tampering
    3 oil spill: oil spill*, chemical spill*, toxic waste
    2 pollution: pollut*
    3 sexual assault: sexual assault*, sexually assault*, rape, raped, rapist
    3 pedophile: pedophil*, paedophil*
    2 harassment: harassment, harassed, harassing
    2 assault: assaulted, assaults, assault
    2 racism: racism, racist, racists
    2 sexism: sexism, sexist
    2 discrimination: discriminat*
    2 homophobia: homophob*, transphob*
    2 antisemitism: antisemit*, anti semit*
    3 child labour: child labour, child labor, forced labour, forced labor, slave labour, slave labor
    2 sweatshop: sweatshop*
    2 boycott: boycott*
    2 strike: on strike, go on strike, strike action, walkout, walkouts, industrial action
    2 layoffs: layoff*, mass layoffs, laid off
    3 bankruptcy: bankrupt, bankruptcy, insolven*
    3 terrorism: terrorist*, terrorism, bomb threat*
    3 wyciek: wyciek*
    3 naruszenie danych: kradziez* danych, utrat* danych, naruszen* danych, naruszen* ochrony danych
    3 włamanie: wlaman*, zhakowa*, shakowa*, zhackowa*, shackowa*
    2 haker: haker*
    3 cyberatak: cyberatak*, atak* hakersk*
    1 awaria: awari*
    3 pozew: pozew, pozwu, pozwem, pozwie, pozwy, pozwow, pozwach, pozwan*, pozwac, pozwali, pozwaly, pozywa*
    3 prokuratura: prokurat*
    2 śledztwo: sledztw*, dochodzenie w sprawie
    2 UOKiK: uokik*
    2 sanepid: sanepid*
    2 grzywna: grzywn*, kara finansowa, kary finansowej, kare finansowa, kary finansowe
    3 zatrucie: zatruc*, zatrul*, zatrut*, zatruwa*
    3 skażenie: skazen*, skazon*
    2 alergen: alergen*, reakcja alergiczna, reakcje alergiczna
    2 pleśń: plesn*, splesnia*
    2 robactwo: robak*, robactw*, karaluch*, larwy, szczur, szczury, szczura, szczurow
    3 trujący: trujac*, trucizn*
    3 rakotwórczy: rakotworcz*
    1 toksyczny: toksyczn*
    1 niebezpieczny: niebezpieczn*
    1 wadliwy: wadliw*
    2 wycofanie: wycofan*, wycofuj*, wycofal*
    3 śmierć: smierc*, smierteln*
    0 śmiertelnie poważny: smiertelnie powazn*, smiertelnie nudn*
    0 zanudzić na śmierć: zanudz* na smierc, nudz* na smierc, zanudz* sie na smierc
    3 nie żyje: nie zyje, nie zyja, zmarl*, zginel*, zginal
    2 ofiara: ofiara smierteln*, ofiary, ofiar
    2 ranni: ranni, rannych, obrazen*
    1 szpital: szpital*
    3 samobójstwo: samobojst*, samobojc*
    2 pożar: pozar*
    0 pożarty: pozart*, pozarl*
    3 wybuch: wybuch, wybuchu, wybuchy, wybuchl*, eksploz*, eksplodow*
    0 wybuch śmiechu: wybuch* smiech*
    2 ewakuacja: ewakuac*, ewakuow*
    2 katastrofa: katastrof*
    2 oszustwo: oszust*, oszusci, oszukal*, oszukan*, oszukuj*
    2 wyłudzenie: wyludz*
    3 korupcja: korupc*, lapowk*, lapowek, pranie pieniedzy, pranie brudnych pieniedzy
    2 afera: afera, afery, aferze, afere
    2 skandal: skandal, skandalu, skandale, skandalem
    3 molestowanie: molestow*, zgwalc*, gwalt, gwaltu, gwalty
    3 pedofilia: pedofil*
    2 mobbing: mobbing*, mobbow*
    2 dyskryminacja: dyskrymin*
    2 rasizm: rasizm*, rasist*
    2 antysemityzm: antysemi*
    2 bojkot: bojkot*, zbojkot*
    2 strajk: strajk*
    2 zwolnienia grupowe: zwolnien* grupow*, zwolnieniach grupowych, masowe zwolnienia
    3 upadłość: upadlos*, bankruct*, niewyplacaln*
    2 podrobiony: podrobion*, podrobk*
"""
