"""The words of title blocks by field and language.

Fields follow ISO 7200; the words are those of ISO 7200, ASME Y14.100, DIN 6771, NF E 04-503, UNE 1-035, UNI 938,
PN-N-01616, NEN 3076, SS-ISO 7200, ABNT NBR 10068, ГОСТ 2.104, GB/T 10609.1 and JIS B 0001, and of the frames that CAD
programs bring along.  Each line has one language; labels are spelled as printed, without their last colon.
"""

from __future__ import annotations

from collections.abc import Mapping

FIELD_WORDS: Mapping[str, str] = {
    "drawing_number": """
        en: drawing number; drawing no; drawing nr; dwg no; dwg number; dwg nr; dwg. #; drg no; drg number; dwg; drg;
            document number; document no; document nr; doc no; doc number; doc id; document id; number; sheet number;
            identification number; ident no; identity number; print no; drawing id; drawing code; drawing #; dwg id
        de: Zeichnungsnummer; Zeichnungs-Nr; Zeichnungs Nummer; Zeichn.-Nr; Zeichnung Nr; Zeichng.-Nr; Zchng.-Nr;
            Z.-Nr; Sachnummer; Sach-Nr; Dokumentnummer; Dokument-Nr;
            Dokumentennummer; Dokumenten-Nr; Ident-Nr; Identnummer; Identifikationsnummer;
            Zeichnungsname; Zng.-Nr; Zeichnungs-Id
        fr: n° de plan; numéro de plan; plan n°; n° plan; numéro du plan; référence; n° de dessin; n° dessin;
            numéro de dessin; numéro d'identification; réf. plan; n° du plan; repère de plan
        es: n.º de plano; n° de plano; nº plano; n° plano; número de plano; plano n.º; plano nº; plano n°; código;
            plano; referencia; número de dibujo; nº de dibujo; identificación
        it: numero disegno; disegno n; disegno n°; n. disegno; n° disegno; codice; numero di disegno; cod. disegno;
            disegno; dis. n; codice disegno
        pt: desenho nº; desenho n.º; desenho no; nº do desenho; n.º do desenho; número do desenho; nº desenho;
            desenho; código do desenho
        nl: tekeningnummer; tekening nr; tekeningnr; tek. nr; tek.nr; documentnummer; tekening
        pl: numer rysunku; nr rysunku; nr rys; rysunek nr; rys. nr; numer dokumentu; oznaczenie
        cs: číslo výkresu; č. výkresu; č.v; výkres č; výkres; číslo dokumentu; čís. výkresu
        sv: ritningsnummer; ritningsnr; ritn.nr; ritning nr; dokumentnummer; tegningsnummer; tegning nr; tegn. nr;
            tegningsnr
        fi: piirustusnumero; piirustusnro; piir.nro; piirustus nro; piirustus n:o; dokumenttinumero
        ru: обозначение; обозначение документа; номер чертежа; № чертежа; чертеж №; номер документа
        zh: 图号; 图样代号; 图纸编号; 图纸代号; 图纸号; 图样编号; 文件编号; 圖號
        ja: 図番; 図面番号; 図面番號; 図面No; 図番号
        tr: resim no; çizim no; resim numarası
    """,
    "part_number": """
        en: part number; part no; part nr; p n; part #; item number; article number; article no; stock number;
            stock no; material number; component number; assembly number; assy no; part id
        de: Teilenummer; Teile-Nr; Teil-Nr; Artikel-Nr; Artikelnummer; Materialnummer; Material-Nr; Bauteilnummer
        fr: numéro de pièce; n° de pièce; n° pièce; code article; n° article; référence pièce; réf. pièce
        es: número de pieza; nº de pieza; n° de pieza; código de pieza; nº artículo
        it: numero parte; codice parte; codice articolo; n. particolare; cod. articolo; codice particolare
        pt: número da peça; nº da peça; código da peça; n.º da peça
        nl: onderdeelnummer; artikelnummer; onderdeel nr; artikelnr
        pl: numer części; nr części; nr detalu; indeks materiałowy
        cs: číslo dílu; č. dílu; číslo součásti; artikl
        sv: detaljnummer; artikelnummer; detalj nr; art.nr; detaljnr; varenummer
        fi: osanumero; nimikenumero; tuotenumero
        ru: номер детали; артикул
        zh: 零件号; 零件图号; 物料编码; 零件编号; 零件代号; 物料号; 产品编号
        ja: 部品番号; 品番; 部番
    """,
    "title": """
        en: title; drawing title; description; part name; name; drawing name; document title; sheet title; part title;
            part description; title of drawing; component; component name; item name
        de: Benennung; Titel; Bezeichnung; Zeichnungstitel; Bauteilname; Teilebezeichnung; Teilebenennung;
            Bauteil; Gegenstand; Name des Teils
        fr: désignation; titre; titre du plan; titre du dessin; nom de la pièce; dénomination; pièce; objet; libellé
        es: denominación; título; designación; título del plano; nombre de la pieza; descripción; pieza
        it: denominazione; titolo; descrizione; titolo del disegno; particolare; nome; designazione; oggetto
        pt: título; denominação; designação; descrição; nome da peça; peça; título do desenho; nome
        nl: benaming; titel; omschrijving; naam; onderdeel; beschrijving
        pl: tytuł rysunku; tytuł; nazwa; nazwa części; nazwa rysunku; nazwa przedmiotu; temat; przedmiot
        cs: název; název výkresu; název součásti; název dílu; pojmenování; titul
        sv: benämning; titel; ritningstitel; namn; betegnelse; benævnelse; tittel; beskrivning
        fi: nimike; otsikko; nimitys; piirustuksen nimi; piirustuksen sisältö; sisältö; osan nimi
        ru: наименование; название; наименование изделия; название чертежа
        zh: 名称; 标题; 零件名称; 图名; 图样名称; 品名; 产品名称; 图纸名称; 部件名称
        ja: 図名; 名称; 品名; 図面名称; 部品名; 部品名称; 件名; 表題
        tr: parça adı; resim adı; adı
    """,
    "subtitle": """
        en: subtitle; supplementary title; subtitle 1; additional title; supplementary information
        de: Untertitel; Zusatztitel; Zusätzlicher Titel; Zusatzbenennung; 2. Benennung
        fr: sous-titre; titre complémentaire
        es: subtítulo; título suplementario
        it: sottotitolo; titolo supplementare
        pt: subtítulo; título suplementar
        nl: ondertitel
        pl: podtytuł; tytuł uzupełniający
        cs: doplňkový název; podtitul
        sv: undertitel; tilläggstitel; tilläggsbenämning
        fi: alaotsikko; lisänimike
    """,
    "revision": """
        en: revision; rev; revision no; rev no; rev nr; revision nr; revision number; rev level; revision level;
            issue; ed; edition; index; issue no; rev. index; revision index; version; ver; iss; rev letter;
            version number; issue number; sheet rev; sheet revision
        de: Änd; Änderung; Aend; Revisionsindex; Ausgabe; Rev.-Index; Änderungsindex; Änderungsstand; Stand;
            Zeichnungsstand; Änd.-Index; Änderungszustand; Zust
        fr: indice; indice de révision; ind; rév; indice rév; modification; numéro de version; version
        es: edición; revisión; índice; ed. rev; modificación; versión; número de versión
        it: revisione; indice di revisione; modifica; esec; indice rev; ediz; numero di versione; versione
        pt: revisão; edição; alteração; índice
        nl: revisie; wijziging; uitgave; versie; wijz
        pl: rewizja; wersja; wydanie; zmiana; indeks zmian
        cs: revize; změna; vydání; index změny; verze
        sv: utgåva; revidering; ändring; utg; revisjon; version; udgave; rev.nr
        fi: revisio; muutos; versio
        ru: редакция; изменение; ревизия; версия; изм. №
        zh: 版本; 版次; 更改标记; 版本号; 修订; 版号; 修订版本
        ja: 改訂; 版; 改訂番号; 訂正; リビジョン
    """,
    "date": """
        en: date; date of issue; issue date; first issued; drawing date; creation date; created on; date created;
            release date; plot date; print date
        de: Datum; Ausgabedatum; Erstellungsdatum; Erstelldatum; Datum der Ausgabe; Zeichnungsdatum
        fr: date; date d'émission; date de création; date d'édition
        es: fecha; fecha de edición; fecha de emisión; fecha de creación
        it: data; data di emissione; data emissione; data creazione
        pt: data; data de emissão; data de edição
        nl: datum; datum van uitgifte; uitgiftedatum
        pl: data; data wydania; data utworzenia
        cs: datum; datum vydání; dne
        sv: datum; utgivningsdatum; dato; utgivelsesdato
        fi: päiväys; päivämäärä; pvm; julkaisupäivä
        ru: дата; дата выпуска
        zh: 日期; 出图日期; 发布日期; 年月日; 制图日期
        ja: 日付; 年月日; 作成日; 発行日; 製図日; 作成年月日
        tr: tarih
    """,
    "company": """
        en: company; legal owner; owner; company name; organization; organisation; manufacturer; firm; contractor;
            design activity
        de: Firma; Eigentümer; gesetzlicher Eigentümer; Unternehmen; Rechtlicher Eigentümer; Firmenname; Hersteller
        fr: société; propriétaire légal; propriétaire; entreprise; raison sociale; établissement
        es: empresa; propietario; propietario legal; compañía; razón social; fabricante
        it: azienda; ditta; proprietario; società; proprietario legale; ragione sociale
        pt: empresa; proprietário; proprietário legal; firma; fabricante
        nl: bedrijf; eigenaar; firma; wettelijke eigenaar; bedrijfsnaam
        pl: właściciel; firma; przedsiębiorstwo; nazwa firmy; zakład
        cs: vlastník; firma; společnost; podnik
        sv: ägare; företag; firma; eier; ejer; laglig ägare; virksomhed
        fi: omistaja; yritys; yhtiö
        ru: предприятие; организация; компания; фирма
        zh: 单位; 单位名称; 公司; 公司名称; 设计单位; 企业名称
        ja: 会社名; 社名; 会社
    """,
    "department": """
        en: department; dept; responsible department; responsible dept; division
        de: Abteilung; Abt; verantwortliche Abteilung; verantwortl. Abtlg; verantwortl. Abt; Verantw. Abt; zuständige
            Abteilung; Verantwortliche Abt
        fr: service; service responsable; département; bureau d'études
        es: departamento; departamento responsable; depto
        it: reparto; ufficio; reparto responsabile; dipartimento responsabile
        pt: departamento; departamento responsável; setor
        nl: afdeling; verantwoordelijke afdeling
        pl: wydział odpowiedzialny; dział; wydział; dział odpowiedzialny
        cs: odpovědné oddělení; oddělení; útvar
        sv: avdelning; ansvarig avdelning; avdeling; afdeling; ansv. avd
        fi: osasto; vastuuosasto
        ru: отдел; подразделение
        zh: 部门; 责任部门; 负责部门
        ja: 部署; 部門; 所属
    """,
    "project": """
        en: project; project name; project no; project number; job; job no; job name; contract; contract no; program
        de: Projekt; Projekt-Nr; Projektname; Projektnummer; Projektbezeichnung
        fr: projet; affaire; n° d'affaire; n° affaire; nom du projet
        es: proyecto; nombre del proyecto; obra; nº de proyecto
        it: progetto; commessa; nome progetto; n. commessa
        pt: projeto; projecto; obra
        nl: project; projectnaam; projectnummer; projectnr
        pl: projekt; nazwa projektu; nr projektu; numer projektu
        cs: projekt; název projektu; zakázka; číslo zakázky
        sv: projekt; projektnamn; projektnummer; prosjekt
        fi: projekti; kohde; hanke
        ru: проект; объект
        zh: 项目; 项目名称; 工程名称; 项目编号; 工程
        ja: プロジェクト; 工事名; 案件名
    """,
    "scale": """
        en: scale; dwg scale; drawing scale; sheet scale; plot scale; scale (a3); scale (a4); scale (a2); scale (a1)
        de: Maßstab; Massstab; Maßst; Mst
        fr: échelle; éch
        es: escala; esc
        it: scala; sc
        pt: escala; esc
        nl: schaal
        pl: podziałka; skala
        cs: měřítko; měř; mierka
        sv: skala; målestokk; målestok; målestoksforhold
        fi: mittakaava; suhde; mk
        ru: масштаб; м-б
        zh: 比例; 绘图比例
        ja: 尺度; 縮尺; スケール
        tr: ölçek
    """,
    "sheet": """
        en: sheet; sheet no; sheet nr; sheet number of; page; sht; sht no; page no; sheet #; pg; sheet no. of
        de: Blatt; Blatt-Nr; Bl; Blattnummer; Seite; Blatt Nr
        fr: feuille; folio; fol; feuillet; page; n° de feuille
        es: hoja; hoja nº; pág; página; hoja n°; lámina
        it: foglio; fg; pagina; tavola; fogl; foglio n
        pt: folha; fl; página; folha nº
        nl: blad; bladnr; blad nr; bladnummer; pagina
        pl: arkusz; ark; nr arkusza; strona; arkusz nr
        cs: list; list č; strana; číslo listu
        sv: blad; ark; side; sida; blad nr
        fi: lehti; sivu; arkki
        ru: лист; стр; лист №
        zh: 页; 第 张; 页码; 页次; 张次; 图幅号
        ja: 葉番; ページ; 頁; シート
        tr: sayfa
    """,
    "sheets": """
        en: sheets; number of sheets; of sheets; no. of sheets; total sheets; no of pages
        de: Blätter; Anzahl Blätter; Blattanzahl; von Blatt; Anz. Blätter; Blattzahl
        fr: nombre de feuilles; nb de feuilles; nbre de folios; nombre de folios
        es: hojas; número de hojas; nº de hojas; total hojas
        it: fogli; numero fogli; n. fogli; totale fogli; di fogli
        pt: folhas; número de folhas; nº de folhas
        nl: aantal bladen; bladen
        pl: arkuszy; liczba arkuszy; ilość arkuszy
        cs: listů; počet listů
        sv: antal blad; blad totalt
        fi: lehtiä; sivuja
        ru: листов; кол-во листов
        zh: 共 张; 总页数; 总张数
    """,
    "projection": """
        en: projection; projection method; projection angle; method of projection; proj
        de: Projektion; Projektionsmethode; Proj.-Methode
        fr: projection; méthode de projection
        es: proyección; método de proyección; sistema de proyección
        it: proiezione; metodo di proiezione
        pt: projeção; método de projeção; diedro
        nl: projectie; projectiemethode
        pl: rzutowanie; metoda rzutowania
        cs: promítání; metoda promítání
        sv: projektion; projektionsmetod; vyplacering; projeksjon
        fi: projektio
        ru: проекция
        zh: 投影; 投影法; 视角; 投影符号
        ja: 投影法; 投影
    """,
    "material": """
        en: material; materials; mat; matl; mat'l; material spec; material specification; matl spec; part material;
        de: Werkstoff; Werkst; Werkstoff / Halbzeug; Material; Werkstoffbezeichnung; Werkstoff-Nr
        fr: matière; matériau; matériel; mat; matériaux; matière brute
        es: material; materiales; mat
        it: materiale; mat; materiali
        pt: material; materiais
        nl: materiaal; mat; grondstof
        pl: materiał; mat; gatunek; materiał części
        cs: materiál; mat; materiál dílu; materiál součásti; jakost materiálu
        sv: material; materiale; mtrl; ämne; material/ämne
        fi: materiaali; aine; raaka-aine; työaine
        ru: материал; марка материала
        zh: 材料; 材质; 材料标记; 材料牌号; 材料名称
        ja: 材質; 材料
        tr: malzeme
    """,
    "mass": """
        en: mass; weight; wt; net weight; est. weight; weight kg; mass kg; weight (kg); mass (kg); weight (lb);
            weight (lbs); part weight; calc. weight; est wt; unit weight; weight (g); mass (g); actual weight; calc wt
        de: Gewicht; Masse; Gew; Gewicht kg; Masse kg; Gewicht (kg); Masse (kg); Fertiggewicht; Nettogewicht;
            Gewicht in kg; Teilegewicht
        fr: masse; poids; masse (kg); poids (kg); masse kg
        es: peso; masa; peso (kg); masa (kg); peso kg
        it: peso; massa; peso (kg); massa (kg); peso kg; peso netto
        pt: peso; massa; peso (kg); massa (kg)
        nl: gewicht; massa; gewicht (kg); massa (kg)
        pl: masa; ciężar; waga; masa (kg); masa kg; masa [kg]
        cs: hmotnost; hmotnost (kg); hmotnost [kg]; váha; čistá hmotnost; hmot
        sv: vikt; massa; vekt; vægt; vikt (kg); vikt kg; masse
        fi: massa; paino; massa (kg); paino (kg); paino kg
        ru: масса; масса, кг; вес
        zh: 重量; 质量; 重量(kg); 单重; 净重
        ja: 質量; 重量; 質量(kg); 重量(kg)
        tr: ağırlık
    """,
    "finish": """
        en: finish; surface finish; surface; surface treatment; treatment; coating; plating; finish spec; finishing;
            protective finish; heat treat; heat treatment; finish & heat treat; surface texture
        de: Oberfläche; Oberflächen; Oberflächenbehandlung; Oberflächengüte; Oberflächenschutz; Wärmebehandlung;
            Beschichtung; Behandlung; Oberflächenangaben
        fr: traitement; traitement de surface; état de surface; finition; protection; revêtement; traitement thermique
        es: acabado; acabado superficial; tratamiento; tratamiento superficial; recubrimiento; tratamiento térmico;
            rugosidad; rugosidad general
        it: finitura; trattamento; trattamento superficiale; trattamento termico; rugosità; finitura superficiale
        pt: acabamento; tratamento; tratamento superficial; tratamento térmico; acabamento superficial
        nl: afwerking; oppervlaktebehandeling; behandeling; oppervlak; nabehandeling
        pl: wykończenie; powłoka; obróbka powierzchni; obróbka cieplna; chropowatość; pokrycie
        cs: povrchová úprava; povrch; úprava povrchu; tepelné zpracování; drsnost
        sv: ytbehandling; yta; ytjämnhet; overflate; overflade; överflade
        fi: pintakäsittely; pinta; pinnankarheus; käsittely; viimeistely
        ru: покрытие; термообработка; шероховатость
        zh: 表面处理; 热处理; 表面粗糙度; 表面; 涂覆
        ja: 表面処理; 仕上げ; 熱処理; 処理
    """,
    "general_tolerance": """
        en: general tolerance; general tolerances; gen tol; gen. tolerance; tolerances; tolerance; tol; toler; default
            tolerance; general tol; tolerances unless otherwise specified; tolerance class; tolerance standard;
            untoleranced dimensions; general tolerances acc. to; linear tolerance; tolerances general
        de: Allgemeintoleranz; Allgemeintoleranzen; Allg.-Toleranz; Allg. Toleranzen; Freimaßtoleranz; Toleranzen;
            Toleranz; Freimaßtoleranzen; Allgemeintol; Tolerierung; Allgemeintoleranzen nach; Allgem. Toleranzen
        fr: tolérances générales; tolérance générale; tol. gén; tolérances; tolérance; tol. générales
        es: tolerancias generales; tolerancia general; tolerancias; tolerancia; tol. generales; tol. gral
        it: tolleranze generali; tolleranza generale; tolleranze; toll. gen; tolleranza; toll. generali
        pt: tolerâncias gerais; tolerância geral; tolerâncias; tol. geral; tolerância
        nl: algemene toleranties; algemene tolerantie; toleranties; alg. tolerantie; tolerantie
        pl: tolerancje ogólne; tolerancja ogólna; tolerancje; tol. ogólne; tolerancja
        cs: všeobecné tolerance; tolerance; nepředepsané tolerance; netolerované rozměry; přesnost
        sv: generella toleranser; toleranser; gen. toleranser; generelle toleranser; generell tolerans; tolerans;
            generelle tolerancer
        fi: yleistoleranssit; yleistoleranssi; toleranssit; toleranssi
        ru: общие допуски; неуказанные предельные отклонения; допуски
        zh: 未注公差; 一般公差; 公差; 未注尺寸公差; 未注明公差; 公差等级
        ja: 普通公差; 一般公差; 公差; 普通許容差
    """,
    "format": """
        en: format; size; paper size; sheet size; dwg size; drawing size; paper; sheet format
        de: Papierformat; Format; Blattformat; Blattgröße; Zeichnungsformat
        fr: taille; format; format papier; format de papier
        es: formato; tamaño; tamaño de papel
        it: formato; dimensioni foglio; formato carta
        pt: formato; tamanho
        nl: formaat; papierformaat
        pl: format; format arkusza; format papieru
        cs: formát; formát papíru
        sv: format; storlek; størrelse; ritningsformat
        fi: koko; arkkikoko; paperikoko; piirustuskoko
        ru: формат
        zh: 图幅; 幅面; 图纸幅面; 纸张
        ja: 用紙; サイズ; 用紙サイズ; 図面サイズ
    """,
    "language": """
        en: language; lang; language code
        de: Sprache; Spr; Sprachenzeichen
        fr: langue; code langue
        es: idioma; lengua
        it: lingua
        pt: idioma; língua
        nl: taal
        pl: język
        cs: jazyk
        sv: språk; sprog
        fi: kieli
        ru: язык
        zh: 语言
        ja: 言語
    """,
    "document_type": """
        en: document type; doc type; type of document; drawing type; type of drawing; dwg type
        de: Dokumentenart; Dokumentart; Zeichnungsart; Dokumenttyp; Dok.-Art
        fr: type de document; type document; nature du document
        es: tipo de documento; tipo documento; tipo de plano
        it: tipo di documento; tipo documento; tipo disegno
        pt: tipo de documento; tipo de desenho
        nl: documenttype; soort document; type document; documentsoort
        pl: rodzaj dokumentu; typ dokumentu; rodzaj rysunku
        cs: typ dokumentu; druh dokumentu; typ výkresu
        sv: dokumenttyp; dokumenttype; typ av dokument; dokumentslag
        fi: asiakirjatyyppi; dokumenttityyppi; piirustuslaji
        ru: вид документа; тип документа
        zh: 文件类型; 图样类型; 文件种类
        ja: 文書種別; 図面種別
    """,
    "status": """
        en: status; document status; state; dwg status; lifecycle; release status; lifecycle state
        de: Dokumentenstatus; Dokumentstatus; Freigabestatus; Zustand
        fr: statut; statut du document; état; état du document
        es: estado; estado del documento
        it: stato; stato del documento; stato documento
        pt: estado; situação; estado do documento
        nl: documentstatus; toestand
        pl: status dokumentu; stan dokumentu; stan
        cs: stav dokumentu; stav
        sv: dokumentstatus; tillstånd
        fi: tila; asiakirjan tila; dokumentin tila
        ru: статус; состояние
        zh: 状态; 文件状态; 阶段标记
        ja: 状態; ステータス
    """,
    "supersedes": """
        en: supersedes; replaces; supersedes dwg; replacement for; supersedes drawing no
        de: Ersatz für; ersetzt; Ers. für; Ersatz f; Ers. f
        fr: remplace; annule et remplace
        es: sustituye a; reemplaza a; sustituye
        it: sostituisce; sostituisce il
        pt: substitui; em substituição a
        nl: vervangt; vervanging van
        pl: zastępuje; zastępuje rysunek
        cs: nahrazuje; starý výkres
        sv: ersätter; erstatter
        fi: korvaa
        ru: взамен
        zh: 替代; 代替
    """,
    "units": """
        en: units; unit; dimensions in; dimensions are in; unit of measure; all dimensions in; dims in; uom; dim in;
            all dimensions are in
        de: Einheit; Einheiten; Maße in; Maßeinheit; Alle Maße in
        fr: unités; unité; cotes en; dimensions en
        es: unidades; unidad; cotas en; medidas en; dimensiones en
        it: unità; unità di misura; quote in; misure in; dimensioni in
        pt: unidades; unidade; cotas em; medidas em; dimensões em
        nl: eenheid; eenheden; maten in; afmetingen in
        pl: jednostka; jednostki; wymiary w
        cs: jednotky; rozměry v; jednotka
        sv: enhet; enheter; mått i; mål i
        fi: yksikkö; mitat
        ru: единицы; размеры в
        zh: 单位制; 尺寸单位
        ja: 単位
    """,
}
"""Labels by field."""

ROLE_WORDS: Mapping[str, str] = {
    "drawn": """
        en: drawn; drawn by; made by; prepared by; drn; drn by; dr by; author; created by; creator; draftsman; drafter;
            drafted by; created; draughtsman; dwn; dwn by; drw; drawing by; draft; dr; prepared;
            author name; drafter name; originator; drwn
        de: gezeichnet; gez; bearbeitet; bearb; erstellt; Ersteller; Zeichner; Bearbeiter; Erstellt durch;
            Erstellt von; gezeichnet von; Autor; Urheber; Gezeichnet durch; Erst
        fr: dessiné; dessiné par; dessinateur; créé par; auteur; établi par; dess; établi; dessin;
            nom du dessinateur; nom de l'auteur
        es: dibujado; dibujado por; dibujó; dibujo; creado por; autor; realizado por; dib; delineante; realizado
        it: disegnato; disegnatore; disegnato da; creato da; autore; redatto da; redatto; dis; compilato
        pt: desenhado; desenhado por; desenhista; desenhou; des; elaborado por; criado por; elaborado; des. por
        nl: getekend; getekend door; tekenaar; gemaakt door; get; auteur; opgesteld door; opsteller
        pl: rysował; rysował(a); kreślił; wykonał; autor; opracował; sporządził; rys; narysował; kreśl
        cs: kreslil; zpracoval; vypracoval; nakreslil; autor; vyhotovil; vytvořil; kresl
        sv: ritad; ritad av; ritat; ritat av; tegnet; tegnet av; tegnet af; upprättad av; skapad av; utförd av; sign
        fi: piirtäjä; piirt; piirtänyt; laatija; laatinut; tekijä; piirsi
        ru: разраб; разработал; чертил; черт; выполнил; исполнил; исполн; разработчик
        zh: 制图; 绘图; 绘制; 描图; 编制
        ja: 製図; 作図; 作成; 作成者; 製図者
        tr: çizen
    """,
    "designed": """
        en: designed; designed by; design; designer; engineer; eng; engineered by; design eng; des by; dsgn; design by;
            engr; engineering
        de: konstruiert; Konstrukteur; konstruiert von; Konstr; Entwurf; entworfen; Konstruktion
        fr: conçu par; conçu; concepteur; étudié par; étudié; étude
        es: diseñado; diseñado por; diseñador; proyectado; proyectó; proyectado por; diseñó; diseño
        it: progettato; progettato da; progettista; prog; nome progettista
        pt: projetado; projetado por; projetista; projectado; projectou; proj
        nl: ontworpen; ontworpen door; ontwerper; constructeur; ontwerp
        pl: projektował; konstruował; zaprojektował; konstruktor; projektant; proj
        cs: konstruoval; navrhl; navrhoval; konstruktér; projektant
        sv: konstruerad av; konstruerad; konstruktör; konstruert; konstr; konstruert av; konstrueret
        fi: suunnittelija; suunn; suunnitellut; suunnitteli
        ru: конструктор; констр; проектировал; конструировал
        zh: 设计; 设计者; 设计人
        ja: 設計; 設計者
    """,
    "checked": """
        en: checked; checked by; chk; chkd; chk'd; chk by; reviewed; reviewed by; chkd by; checker; ckd; ck; ckd by;
            review; chk'd by; verified; verified by; check; inspected; supervisor; supervisor name;
            supervised by; supervised
        de: geprüft; gepr; geprüft von; geprüft durch; Prüfer; kontrolliert; Kontr; nachgeprüft; Prüfung
        fr: vérifié; vérifié par; vérificateur; contrôlé; contrôlé par; vérif; relu; superviseur; nom du superviseur
        es: comprobado; comprobado por; revisado; revisado por; revisó; verificado; comprobó; verificó; comp;
            supervisor; supervisó
        it: controllato; verificato; controllato da; verificato da; contr; verif; visto; revisionato;
            supervisore; nome supervisore
        pt: verificado; verificado por; verificou; conferido; revisado; verif; conf; visto
        nl: gecontroleerd; gecontroleerd door; gec; controle; contr; nagezien; gecontr
        pl: sprawdził; sprawdził(a); sprawdzający; weryfikował; spr; zweryfikował
        cs: kontroloval; přezkoušel; zkontroloval; kontrola; ověřil; kontr
        sv: granskad; granskad av; granskad/godkänd; kontrollert; kontrolleret; kontrollerad; kontr; granskat; gransk
        fi: tarkastaja; tarkastanut; tark; tarkastettu; tarkasti
        ru: пров; проверил; проверка; контр
        zh: 校对; 审核; 审查; 校核; 检查; 复核
        ja: 検図; 照査; 審査; 検図者; 確認
        tr: kontrol
    """,
    "approved": """
        en: approved; approved by; app; appd; appr; appv'd; app'd; appd by; approval; approver; apvd; apprvd; eng appr;
            app by; approved / date; authorized; authorised; eng. appr; engr appr; eng approval; apprd; apprv
        de: genehmigt; genehmigt von; genehmigt durch; Genehmigung; Genehmigungsvermerk; gesehen
        fr: approuvé; approuvé par; approbation; validé; validé par; appr
        es: aprobado; aprobado por; aprobó; visto bueno; vº bº; aprob; autorizado
        it: approvato; approvato da; approv; autorizzato; approvazione
        pt: aprovado; aprovado por; aprovou; aprov; aprovação
        nl: goedgekeurd; goedgekeurd door; akkoord; goedk; vrijgegeven
        pl: zatwierdził; zatwierdził(a); zatw; zaakceptował; akceptował
        cs: schválil; schvál; schváleno; schvaluje
        sv: godkänd; godkänd av; godkjent; godkendt; godk; godkännare; godkjent av
        fi: hyväksyjä; hyväksynyt; hyv; hyväksytty; hyväksyi
        ru: утв; утвердил; утверждаю; утверждено
        zh: 批准; 审定; 核准
        ja: 承認; 承認者; 認可
        tr: onay; onaylayan
    """,
    "released": """
        en: released; released by; release; norm; standardisation; standardization; standards; standard check
        de: freigegeben; Freigabe; freigegeben von; freigegeben durch; Norm; Normgeprüft; Normprüfung
        fr: libéré; normalisation; publié par
        es: liberado; normalizado; liberado por
        it: rilasciato; emesso da; normalizzazione
        pl: normalizował; zwolnił; norm
        cs: uvolnil; normalizoval; normalizace; norm. ref
        sv: frisläppt; frigivet; standardgranskad
        ru: н.контр; нормоконтроль; н. контр; нормоконтролер
        zh: 标准化; 标准化审查; 标准
        ja: 標準化
    """,
}
"""Labels of signatures by role."""

OWN_WORDS = """
    en: filename; file name; file; part of assembly; next assembly; next assy; used on; cage code; cage; fscm no;
        order no; customer; client; product; model; raw material; technical reference; keywords; key words;
        quantity; qty; qty per assy; contract number; work order; po number; first used on; used in; customer no;
        tech. reference; classification; technical ref; cad file; cad file name; job order; drawing file; category;
        parent assembly; customer part no; item code; zone; stock size; hardness; blank size; address; tolerancing;
        tolerancing principle; fundamental tolerancing principle; workpiece edges; edges of undefined shape
    de: Dateiname; Datei; Kunde; Auftrag; Auftrags-Nr; Baugruppe; Rohteil; Halbzeug; technische Referenz; Kunden-Nr;
        Auftraggeber; Kundennummer; Stückzahl; Verwendung; verwendet in; Rohmaß; Rohteil-Nr; Modell-Nr; Ursprung;
        Schlüsselwörter; Klassifikation; Härte; Erstverwendung; Abmessung; Produkt; CAD-Datei; Bearbeitungsstatus;
        Tolerierungsgrundsatz; Werkstückkanten
    fr: nom du fichier; client; réf. client; ensemble; fichier; référence technique; sous-ensemble; quantité; nb;
        mots-clés; brut; produit; n° client; dureté; tolérancement; principe de tolérancement
    es: cliente; archivo; conjunto; referencia técnica; cantidad; nombre de archivo; palabras clave; subconjunto;
        n° plano cliente; nº plano cliente; producto; ref. cliente
    it: insieme; cliente; riferimento tecnico; file; gruppo; complessivo; quantità; nome file; grezzo; prodotto
    pt: cliente; arquivo; conjunto; referência técnica; quantidade; ficheiro; produto
    nl: klant; bestand; bestandsnaam; samenstelling; technische referentie; aantal; opdrachtgever; order
    pl: klient; plik; zespół; specyfikacja techniczna; słowa kluczowe; ilość; nazwa pliku; sztuk; nr zlecenia; odbiorca
    cs: zákazník; soubor; sestava; technická reference; počet kusů; polotovar; název souboru; zakázka č; číslo sestavy
    sv: kund; fil; filnamn; teknisk referens; ingår i; antal; kunde; tillhör
    fi: asiakas; tiedosto; standardi; tekninen viite; kokoonpano; liittyy; määrä
    ru: лит; перв. примен; справ. №; инв. № подл; взам. инв. №; инв. № дубл; заказчик; литера; т.контр; т. контр; файл
    zh: 文件名; 客户; 工艺; 数量; 产品型号; 标记; 处数; 分区; 更改文件号; 型号
    ja: 客先; 得意先; 数量; 機種; 納入先; ファイル名
"""
"""Labels of fields that the vocabulary does not have; they are kept under their own words."""

HEADING_WORDS = """
    en: signature; sign; initials; mfg; mfg appr; q.a; qa; comments; comments:; dimensions; do not scale drawing;
        do not scale; unless otherwise specified; unless otherwise noted; third angle projection; first angle
        projection; angular; fractional; three place decimal; two place decimal; one place decimal; interpret
        geometric tolerancing per; application; proprietary and confidential; linear; revision history; revisions;
        remove all burrs; break sharp edges; debur and break sharp edges; approvals; title block; dwg title; notes;
        interpret drawing per; name; mfg appr
    de: Unterschrift; Name; Änderungen; Verwendungsbereich; Zul. Abw; Maße ohne Toleranzangabe
    fr: signature; visa; nom; modifications
    es: firma; nombre; firmas; modificaciones
    it: firma; firma digitale; firme; nome; modifiche
    pt: assinatura; nome; rubrica; ass
    nl: handtekening; naam; paraaf; wijzigingen
    pl: podpis; imię i nazwisko; nazwisko; zmiany
    cs: podpis; jméno; podpis datum
    sv: signatur; namn; underskrift; navn; anm
    fi: allekirjoitus; nimi; nimikirjaimet; huom
    ru: подп; подпись; № докум; N докум; изм; кол.уч; № док; копировал; фамилия; подп. и дата
    zh: 签名; 签字; 姓名; (签名); (年月日)
    ja: 署名; 印; 氏名
"""
"""Texts of frames that are neither labels of a field nor values."""
